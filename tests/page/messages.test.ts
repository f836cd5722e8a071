// Tests messages and their branches, the settings and the API key.

import { expect, test } from 'vitest';
import { describePage } from './describe-page.ts';

describePage('messages and settings on the page', (fixture) => {
  const { open } = fixture;
  const answers = () => fixture.chat.turns.locator('.answer-text').allTextContents();
  const questions = () => fixture.chat.turns.locator('.question p').allTextContents();
  const click = (name: string, turn: number) =>
    fixture.chat.turns.nth(turn).getByRole('button', { name, exact: true }).click();
  const focused = () =>
    fixture.chat.page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.id');
  const conversation = () => [...fixture.server.conversations.byId.values()][0]!;

  test('a regenerated answer is added to the first answer, and the user can switch between the answers', async () => {
    const chat = await open();
    await chat.ask('Why?');
    await click('Regenerate', 0);
    await expect.poll(answers).toEqual(['Answer 2 to “Why?”.']);
    expect(await chat.turns.locator('.branch-count').textContent()).toBe('2 / 2');
    await click('Previous answer', 0);
    await expect.poll(answers).toEqual(['Answer 1 to “Why?”.']);
    expect(await chat.turns.locator('.branch-count').textContent()).toBe('1 / 2');
    await chat.ask('On the first branch');
    await click('Next answer', 0);
    await expect.poll(answers).toEqual(['Answer 2 to “Why?”.']);
    await chat.page.reload();
    await chat.waitForPhase('done');
    expect(await answers()).toEqual(['Answer 2 to “Why?”.']);
    await click('Previous answer', 0);
    await expect.poll(questions).toEqual(['Why?', 'On the first branch']);
    expect(chat.consoleErrors).toEqual([]);
  });

  test('the actions of an answer can be clicked while a suggestion is shown', async () => {
    const chat = await open();
    await chat.ask('What is the highest mountain in the world?');
    await chat.page.locator('.suggestion').waitFor();
    await click('Regenerate', 0);
    await expect.poll(() => chat.turns.locator('.branch-count').textContent()).toBe('2 / 2');
  });

  test('an edited message starts a new branch', async () => {
    const chat = await open();
    await chat.ask('First');
    await chat.ask('Second');
    await click('Edit', 0);
    const editor = chat.page.getByRole('textbox', { name: 'Edit your message' });
    expect(await editor.inputValue()).toBe('First');
    await editor.press('Escape');
    expect(await questions()).toEqual(['First', 'Second']);
    await expect.poll(focused).toBe('Edit');
    await click('Edit', 0);
    await editor.fill('Another first');
    await editor.press('Enter');
    await expect.poll(answers).toEqual(['Answer 1 to “Another first”.']);
    await expect.poll(focused).toBe('message');
    await click('Previous version', 0);
    await expect.poll(questions).toEqual(['First', 'Second']);
    // The clicked button is disabled now, because the first version has no previous version.
    await expect.poll(focused).toBe('message');
  });

  test('a rejected edit restores the turns, and puts the text into the message field', async () => {
    const chat = await open();
    await chat.ask('First');
    await click('Edit', 0);
    const editor = chat.page.getByRole('textbox', { name: 'Edit your message' });
    await editor.fill('reject this');
    await editor.press('Enter');
    await chat.page.getByText('The previous version was restored').waitFor();
    expect(await questions()).toEqual(['First']);
    expect(await chat.input.inputValue()).toBe('reject this');
  });

  test('a copy of a conversation can be continued from any answer', async () => {
    const chat = await open();
    await chat.ask('First');
    await chat.ask('Second');
    await click('Continue in a copy', 0);
    await expect.poll(() => fixture.server.conversations.byId.size).toBe(2);
    await expect.poll(questions).toEqual(['First']);
  });

  test('stopped and interrupted answers are marked, even after a reload', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers(3);
    await chat.send('one two three four five six seven eight nine ten');
    await chat.waitForPhase('writing');
    await chat.page.getByRole('button', { name: 'Stop' }).click();
    await chat.page.getByText('Stopped', { exact: true }).waitFor();
    await expect.poll(focused).toBe('message');
    await chat.page.reload();
    await chat.page.getByText('Stopped', { exact: true }).waitFor();
    for (const message of conversation().messages)
      if (message.role === 'assistant') message.state = 'interrupted';
    await chat.page.reload();
    await chat.page.getByText('Interrupted: the server stopped').waitFor();
  });

  test('a click on Stop that is released after the end of the answer does not send the text', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers(1);
    await chat.send('one two three');
    await chat.waitForPhase('writing');
    await chat.input.fill('not yet');
    await chat.page.getByRole('button', { name: 'Stop' }).hover();
    await chat.page.mouse.down();
    fixture.server.conversations.resumeAnswers();
    await chat.waitForPhase('done');
    await chat.page.mouse.up();
    await chat.page.getByRole('button', { name: 'Send' }).waitFor();
    expect(await chat.input.inputValue()).toBe('not yet');
    expect(await chat.turns.count()).toBe(1);
  });

  test('a divider shows which messages were dropped from the context', async () => {
    const chat = await open();
    await chat.ask('First');
    fixture.server.conversations.droppedMessages = 2;
    await chat.ask('Second');
    await chat.page.getByText('The 2 messages above are no longer sent to the model').waitFor();
    await chat.page.reload();
    await chat.page.getByText('The 2 messages above are no longer sent to the model').waitFor();
  });

  test('settings of new conversations are sent with the first message and stored on the server', async () => {
    const chat = await open();
    await chat.page.getByRole('button', { name: 'Settings' }).click();
    await chat.page.getByLabel('System message').fill('Speak like a sailor.');
    await chat.page.getByText('Drop the oldest messages').click();
    await chat.page.getByLabel('Temperature').fill('0.5');
    await chat.page.getByLabel('Top-p').fill('7');
    await chat.page.getByText('Invalid value').waitFor();
    await expect.poll(() => JSON.stringify(fixture.server.settings)).toContain('"temperature":0.5');
    expect(fixture.server.settings.newConversations).toEqual({
      system: 'Speak like a sailor.',
      contextPolicy: { kind: 'truncate', lowWater: 0.5 },
      sampling: { temperature: 0.5 },
    });
    await chat.page.reload();
    await chat.ask('Ahoy');
    expect(fixture.server.commands.at(-1)).toMatchObject({
      conversation: 'new',
      system: 'Speak like a sailor.',
      contextPolicy: { kind: 'truncate', lowWater: 0.5 },
      options: { temperature: 0.5 },
    });
    await expect.poll(() => conversation().sampling).toEqual({ temperature: 0.5 });
  });

  test('settings of a conversation are stored in the conversation', async () => {
    const chat = await open();
    await chat.ask('Hello');
    await chat.page.getByRole('button', { name: 'Settings' }).click();
    await chat.page.getByLabel('Seed').fill('42');
    await chat.page.getByText('Saved').waitFor();
    expect(conversation().sampling).toEqual({ seed: 42 });
    await chat.page.getByRole('button', { name: 'Close' }).click();
    await chat.page.getByRole('button', { name: 'Settings' }).click();
    expect(await chat.page.getByLabel('Seed').inputValue()).toBe('42');
  });

  test('the page requests a required API key, and stores the key as long as the user chose', async () => {
    fixture.server.key = 'sesame ünd';
    const chat = await open();
    await chat.page.getByText('This server requires an API key.').first().waitFor();
    const field = chat.page.getByLabel('API key', { exact: true });
    await field.fill('wrong');
    await field.press('Enter');
    await chat.page.getByText('The server rejected this API key.').waitFor();
    await field.fill('sesame ünd');
    await field.press('Enter');
    await chat.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await chat.ask('Open')).toBe('Answer 1 to “Open”.');
    await chat.page.reload();
    expect(await chat.ask('Again')).toBe('Answer 1 to “Again”.');
    expect(await chat.page.evaluate('localStorage.getItem("quire.key")')).toBeNull();
    expect(chat.page.url()).not.toContain('sesame');
    await chat.page.getByRole('button', { name: 'Settings' }).click();
    await chat.page.getByRole('button', { name: 'Remove key' }).click();
    await chat.page.getByText('This server requires an API key.').first().waitFor();
    expect(await chat.turns.count()).toBe(0);
  });
});
