// Tests conversations: creating, searching, renaming and deleting them, opening them by URL and by the back button, and
// answers that continue while another conversation is shown or the connection is lost.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describePage } from './describe-page.ts';
import { SubPathProxy } from './sub-path-proxy.ts';

describePage('conversations on the page', (fixture) => {
  const { open, titles, hash } = fixture;
  const link = (title: string) => fixture.chat.page.getByRole('link', { name: title });
  const startNewConversation = () =>
    fixture.chat.page.getByRole('button', { name: 'New conversation' }).click();
  const chooseMenuItem = async (title: string, item: string): Promise<void> => {
    await fixture.chat.page.getByRole('button', { name: `More actions for “${title}”` }).click();
    await fixture.chat.page.getByRole('menuitem', { name: item }).click();
  };

  test('a conversation gets its title and URL with its first turn, and is shown again after a reload', async () => {
    const chat = await open();
    expect(await chat.ask('Hello there')).toBe('Answer 1 to “Hello there”.');
    await link('Hello there').waitFor();
    const id = [...fixture.server.conversations.byId.keys()][0];
    expect(hash()).toBe(`#/c/${id}`);
    expect(await chat.page.title()).toBe('Hello there · Quire');
    await chat.page.reload();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe('Answer 1 to “Hello there”.');
    expect((await chat.report()).generated).toBeGreaterThan(0);
    expect(await chat.ask('And again')).toBe('Answer 1 to “And again”.');
    expect(await chat.turns.count()).toBe(2);
    expect(fixture.server.commands.map(({ conversation }) => conversation)).toEqual(['new', id]);
    expect(chat.consoleErrors).toEqual([]);
  });

  test('the conversation that was changed last is first, and the back button opens the previous conversation', async () => {
    const chat = await open();
    await chat.ask('First');
    await startNewConversation();
    await chat.page.getByRole('heading', { name: 'No token is computed twice.' }).waitFor();
    await chat.ask('Second');
    await expect.poll(titles).toEqual(['Second', 'First']);
    await link('First').click();
    await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “First”.');
    await chat.ask('More');
    await expect.poll(titles).toEqual(['First', 'Second']);
    await chat.page.goBack();
    await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “Second”.');
    await chat.page.goForward();
    await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “More”.');
  });

  test('the list is loaded page by page, and the server searches all conversations', async () => {
    for (let number = 1; number <= 95; number++)
      fixture.server.conversations.create({ title: `Topic ${number}` });
    // All times are equal, so that a cursor that contains only a time would fail.
    for (const conversation of fixture.server.conversations.byId.values())
      conversation.updatedAt = 1_700_000_000_000;
    const chat = await open();
    await expect.poll(async () => (await titles()).length).toBe(40);
    await chat.page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(async () => (await titles()).length).toBe(80);
    await chat.page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(async () => (await titles()).length).toBe(95);
    expect(new Set(await titles()).size).toBe(95);
    expect(await chat.page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    const search = chat.page.getByRole('searchbox', { name: 'Search conversations' });
    await search.fill('topic 7');
    await expect.poll(titles).toEqual([79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 7].map((n) => `Topic ${n}`));
    await search.fill('nowhere');
    await chat.page.getByText('No conversations match “nowhere”.').waitFor();
    await search.press('Escape');
    await expect.poll(async () => (await titles()).length).toBe(40);
  });

  test('a conversation is renamed in its row, and Escape cancels the change', async () => {
    const chat = await open();
    await chat.ask('Old name');
    await chooseMenuItem('Old name', 'Rename');
    const field = chat.page.getByRole('textbox', { name: 'Title' });
    await field.fill('New name');
    await field.press('Enter');
    await link('New name').waitFor();
    expect([...fixture.server.conversations.byId.values()][0]?.title).toBe('New name');
    await chooseMenuItem('New name', 'Rename');
    await field.fill('Another');
    await field.press('Escape');
    await link('New name').waitFor();
    expect(await chat.page.title()).toBe('New name · Quire');
  });

  test('the menu of a conversation works by keyboard', async () => {
    const chat = await open();
    await chat.ask('By keyboard');
    const focused = () => chat.page.evaluate<string>('document.activeElement.textContent');
    const button = chat.page.getByRole('button', { name: 'More actions for “By keyboard”' });
    await button.press('Enter');
    await expect.poll(focused).toBe('Rename');
    await chat.page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('Delete');
    await chat.page.keyboard.press('Home');
    expect(await focused()).toBe('Rename');
    await chat.page.keyboard.type('ee');
    expect(await focused()).toBe('Export as JSON');
    await chat.page.keyboard.press('Escape');
    const isFocused = () => button.evaluate((element) => element.matches(':focus'));
    await expect.poll(isFocused).toBe(true);
    await button.press('Enter');
    await expect.poll(focused).toBe('Rename');
    await chat.page.keyboard.press('Tab');
    await chat.page.locator('.menu:popover-open').waitFor({ state: 'detached' });
    expect(await isFocused()).toBe(false);
  });

  test('deleting asks for confirmation, which Enter cancels', async () => {
    const chat = await open();
    await chat.ask('To be kept');
    await startNewConversation();
    await chat.ask('To be deleted');
    await chooseMenuItem('To be deleted', 'Delete');
    await chat.page.keyboard.press('Enter');
    await link('To be deleted').waitFor();
    await chooseMenuItem('To be deleted', 'Delete');
    await chat.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect.poll(titles).toEqual(['To be kept']);
    expect(hash()).toBe('');
    await chat.page.getByRole('heading', { name: 'No token is computed twice.' }).waitFor();
    expect(fixture.server.conversations.byId.size).toBe(1);
  });

  test('deleting a conversation during an answer stops the answer first', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers();
    await chat.send('Endless');
    await link('Endless').waitFor();
    await chooseMenuItem('Endless', 'Delete');
    await chat.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect.poll(() => fixture.server.conversations.byId.size).toBe(0);
    await expect.poll(() => chat.page.locator('.topic').count()).toBe(0);
    expect(chat.consoleErrors).toEqual([expect.stringContaining('409')]);
  });

  test('a conversation is duplicated and exported', async () => {
    const chat = await open();
    await chat.ask('Notes: a/b');
    await chooseMenuItem('Notes: a/b', 'Duplicate');
    await expect.poll(() => fixture.server.conversations.byId.size).toBe(2);
    await expect.poll(hash).toContain([...fixture.server.conversations.byId.keys()][1]);
    const download = chat.page.waitForEvent('download');
    await chat.page.getByRole('button', { name: 'More actions for' }).first().click();
    await chat.page.getByRole('menuitem', { name: 'Markdown' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('Notes a b.md');
    expect(await readFile(await file.path(), 'utf8')).toContain('Answer 1 to “Notes: a/b”.');
    expect(chat.consoleErrors).toEqual([]);
  });

  test('an answer continues while another conversation is shown, and a dot marks its conversation', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers();
    await chat.send('Slow one');
    await link('Slow one').waitFor();
    await startNewConversation();
    const dot = chat.page.locator('.topic', { hasText: 'Slow one' }).locator('.topic-dot');
    await dot.waitFor();
    fixture.server.conversations.resumeAnswers();
    await dot.waitFor({ state: 'detached' });
    await chat.ask('Quick one');
    await link('Slow one').click();
    await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “Slow one”.');
  });

  test('an answer continues after a lost connection without missing or repeated pieces', async () => {
    const chat = await open();
    fixture.server.conversations.answers.set(
      'Count',
      Array.from({ length: 40 }, (_, index) => index).join(' '),
    );
    fixture.server.conversations.pieceMs = 20;
    await chat.send('Count');
    await chat.waitForPhase('writing');
    fixture.server.dropSockets();
    await chat.page.locator('.notice', { hasText: 'The connection to the server was lost' }).waitFor();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe(fixture.server.conversations.answers.get('Count'));
    const resumed = fixture.server.commands.find(({ resume }) => resume !== undefined);
    expect(resumed?.resume).toBeGreaterThan(0);
  });

  test('an answer that ended while the connection was lost is shown after reconnecting', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers();
    await chat.send('Meanwhile');
    await link('Meanwhile').waitFor();
    fixture.server.stopAccepting();
    fixture.server.conversations.resumeAnswers();
    await chat.page.locator('.notice', { hasText: 'it continues the answer' }).waitFor();
    fixture.server.startAccepting();
    await chat.page.getByRole('button', { name: 'Reconnect now' }).click();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe('Answer 1 to “Meanwhile”.');
  });

  test('a reload during an answer shows the whole answer', async () => {
    const chat = await open();
    fixture.server.conversations.pauseAnswers(3);
    await chat.send('one two three four five six seven eight');
    await chat.waitForPhase('writing');
    await chat.page.reload();
    await chat.waitForPhase('writing');
    expect(await chat.page.getByRole('button', { name: 'Stop' }).isEnabled()).toBe(true);
    fixture.server.conversations.resumeAnswers();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe('Answer 1 to “one two three four five six seven eight”.');
  });

  test('a message that is typed while the conversation is loaded stays in the field until it can be sent', async () => {
    const chat = await open();
    await chat.ask('Hello');
    let load = (): void => undefined;
    const mayLoad = new Promise<void>((resolve) => {
      load = resolve;
    });
    await chat.page.route('**/conversations/*', async (route) => {
      await mayLoad;
      await route.continue();
    });
    await chat.page.reload();
    await chat.input.fill('More');
    await chat.input.press('Enter');
    expect(await chat.sendButton.isEnabled()).toBe(false);
    const answer = chat.ask('More');
    expect(await chat.input.inputValue()).toBe('More');
    load();
    expect(await answer).toBe('Answer 1 to “More”.');
    expect(await chat.turns.count()).toBe(2);
    expect(fixture.server.commands).toHaveLength(2);
  });

  test('the URL of a missing conversation shows a note', async () => {
    const chat = await open({}, '#/c/c-404');
    await chat.page.getByText('This conversation does not exist').waitFor();
    await startNewConversation();
    expect(await chat.ask('Hello')).toBe('Answer 1 to “Hello”.');
  });

  test('the page works behind a proxy under a path, with and without a trailing slash', async () => {
    const path = '/a/b';
    const proxy = await SubPathProxy.start(fixture.server.url, path);
    const chat = await open({}, `${proxy.origin}${path}`);
    try {
      await expect.poll(() => new URL(chat.page.url()).pathname).toBe(`${path}/`);
      const requests: string[] = [];
      chat.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
      await chat.page.goto(`${proxy.origin}${path}/`);
      await chat.input.waitFor();
      expect(await chat.ask('Hello')).toBe('Answer 1 to “Hello”.');
      await link('Hello').waitFor();
      await startNewConversation();
      await chat.ask('Another');
      await link('Hello').click();
      await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “Hello”.');
      await chat.page.goBack();
      await expect.poll(() => chat.answer.textContent()).toBe('Answer 1 to “Another”.');
      const url = chat.page.url();
      expect(url).toContain(`${path}/#/c/`);
      await chat.page.reload();
      expect(await chat.ask('More')).toBe('Answer 1 to “More”.');
      expect(requests.filter((requested) => !requested.startsWith(`${path}/`))).toEqual([]);
    } finally {
      await chat.close();
      await proxy.stop();
    }
  });

  test('on a narrow screen the sidebar is a drawer over the page', async () => {
    const chat = await open({ viewport: { width: 360, height: 640 } });
    await chat.ask('Small');
    expect(await chat.page.locator('.side').count()).toBe(0);
    const show = chat.page.getByRole('button', { name: 'Show conversations' });
    await show.click();
    await link('Small').waitFor();
    await chat.page.keyboard.press('Escape');
    await link('Small').waitFor({ state: 'detached' });
    expect(await show.evaluate((button) => button.matches(':focus'))).toBe(true);
    await show.click();
    await startNewConversation();
    await link('Small').waitFor({ state: 'detached' });
    const overflow = await chat.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBe(0);
  });
});
