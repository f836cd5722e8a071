// Tests notices and the protection of unsent text: rejected messages, deletion by another client, reloads, imports, dead
// connections, and use on a phone.

import { expect, test } from 'vitest';
import { describePage, PHONE } from './describe-page.ts';
import { TOO_LONG } from './fake-chat-server.ts';

describePage('notices of the page', (fixture) => {
  const { open, titles, hash } = fixture;
  const button = (name: string) => fixture.chat.page.getByRole('button', { name, exact: true });
  const firstConversation = () => [...fixture.server.conversations.byId.values()][0]!;

  test('on a phone Enter starts a new line, the button sends the message, and every control is at least 44 px', async () => {
    const chat = await open(PHONE);
    await chat.input.pressSequentially('one');
    await chat.input.press('Enter');
    await chat.input.pressSequentially('two');
    expect(await chat.turns.count()).toBe(0);
    await button('Send').tap();
    await chat.waitForPhase('done');
    expect(await chat.turns.locator('.question p').textContent()).toBe('one\ntwo');
    await button('Show conversations').tap();
    await chat.page.locator('.topic').waitFor();
    const small = await chat.page
      .locator('button:visible, .topic a, textarea, input:visible')
      .evaluateAll((all) =>
        all
          .map((control) => ({
            name: control.ariaLabel || control.textContent,
            box: control.getBoundingClientRect(),
          }))
          .filter(({ box }) => box.height < 43.9 || box.width < 43.9)
          .map(({ name, box }) => `${name}: ${box.width} x ${box.height}`),
      );
    expect(small).toEqual([]);
  });

  test('a phone in landscape, or a page zoomed to 400 %, has space for the conversation', async () => {
    const chat = await open({ viewport: { width: 320, height: 256 } });
    await chat.ask('Hello');
    const visibleHeight = await chat.page.locator('.scroller').evaluate((element) => element.clientHeight);
    expect(visibleHeight).toBeGreaterThan(100);
    expect(await chat.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  });

  test('on a small screen the empty page is shown from its top', async () => {
    const chat = await open({ viewport: { width: 360, height: 500 } });
    await chat.page.locator('.starters').waitFor();
    const scroller = chat.page.locator('.scroller');
    expect(await scroller.evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(true);
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test('on a phone the reason of a rejection is visible when the text is restored to the field', async () => {
    const chat = await open(PHONE);
    fixture.server.conversations.answers.set('hello', 'A line.\n\n'.repeat(60));
    await chat.input.fill('hello');
    await button('Send').tap();
    await chat.waitForPhase('done');
    const hiddenBelow = () =>
      chat.page.locator('main').evaluate((main) => main.scrollHeight - main.scrollTop - main.clientHeight);
    for (let time = 0; time < 3; time++) {
      await chat.input.fill(TOO_LONG);
      await button('Send').tap();
      await chat.waitForPhase('failed');
      await expect.poll(() => chat.input.inputValue()).toBe(TOO_LONG);
      await chat.page.getByText('This message does not fit').first().waitFor();
      await expect.poll(hiddenBelow).toBeLessThan(5);
    }
  });

  test('a rejected first message creates no conversation, and dropping old messages is not offered', async () => {
    const chat = await open();
    await chat.send(TOO_LONG);
    await chat.waitForPhase('failed');
    await chat.page.getByText('This message does not fit').first().waitFor();
    expect(await button('Continue without the oldest messages').count()).toBe(0);
    await expect.poll(titles).toEqual([]);
    await expect.poll(hash).toBe('');
    expect(await chat.ask('Short')).toBe('Answer 1 to “Short”.');
    await expect.poll(titles).toEqual(['Short']);
    expect(fixture.server.commands.map(({ conversation }) => conversation)).toEqual(['new', 'new']);
    await chat.send(TOO_LONG);
    await chat.waitForPhase('failed');
    expect(await button('Continue without the oldest messages').count()).toBe(1);
  });

  test('a message to a conversation that another client deleted can be sent in a new conversation', async () => {
    const chat = await open();
    await chat.ask('Short lived');
    fixture.server.conversations.byId.clear();
    await chat.send('Are you there?');
    const notice = chat.page.locator('.notice', { hasText: 'This conversation was deleted' });
    await notice.waitFor();
    expect(await chat.input.inputValue()).toBe('Are you there?');
    await expect.poll(titles).toEqual([]);
    await notice.getByRole('button', { name: 'New conversation' }).click();
    expect(await chat.turns.count()).toBe(0);
    expect(await chat.input.inputValue()).toBe('Are you there?');
    await chat.input.press('Enter');
    await chat.waitForPhase('done');
    expect(firstConversation().title).toBe('Are you there?');
  });

  test('unsent text is restored in its conversation after a reload', async () => {
    const chat = await open();
    await chat.ask('First');
    await chat.input.fill('half a thought');
    await chat.page.reload();
    await chat.waitForPhase('done');
    expect(await chat.input.inputValue()).toBe('half a thought');
    await button('New conversation').click();
    expect(await chat.input.inputValue()).toBe('');
    await chat.input.fill('another');
    await chat.page.reload();
    await chat.input.waitFor();
    expect(await chat.input.inputValue()).toBe('another');
    await chat.input.press('Enter');
    await chat.waitForPhase('done');
    await chat.page.reload();
    await chat.waitForPhase('done');
    expect(await chat.input.inputValue()).toBe('');
  });

  test('the page shows how to use a model without a chat template', async () => {
    fixture.server.model = { chatTemplate: false };
    fixture.server.conversations.create({ title: 'Of another model' });
    const chat = await open();
    await chat.page.getByRole('heading', { name: 'This model completes text.' }).waitFor();
    expect(await chat.page.locator('.code-block').innerText()).toContain(
      `curl ${fixture.server.url}v1/completions`,
    );
    await chat.input.fill('hello');
    expect(await button('Send').isEnabled()).toBe(false);
    expect(await chat.faintTexts()).toEqual([]);
  });

  test('exported files are imported, and the errors of other files are shown', async () => {
    const chat = await open();
    const jsonFile = (name: string, text: string) => ({
      name,
      mimeType: 'application/json',
      buffer: Buffer.from(text),
    });
    const exported = (title: string) => JSON.stringify({ title, messages: [] });
    const input = chat.page.locator('.side-foot input');
    await input.setInputFiles([
      jsonFile('one.json', exported('One')),
      jsonFile('notes.json', 'not JSON'),
      jsonFile('other.json', '{"title": "Other"}'),
      jsonFile('two.json', exported('Two')),
    ]);
    await chat.page.getByText('Imported 2 conversations.').waitFor();
    await expect.poll(titles).toEqual(['Two', 'One']);
    await chat.page
      .getByText('Could not import notes.json: it is not a JSON file exported from Quire')
      .waitFor();
    await chat.page.getByText('Could not import other.json: messages is missing').waitFor();
    await input.setInputFiles([jsonFile('none.json', '[]')]);
    await chat.page.getByText('Imported 0 conversations.').waitFor();
    await input.setInputFiles([jsonFile('three.json', exported('Three'))]);
    await expect.poll(hash).toMatch(/^#\/c\//);
  });

  test('changes in another tab are shown at once', async () => {
    const chat = await open();
    await chat.ask('Shared');
    const other = await open({}, chat.page.url());
    await other.waitForPhase('done');
    fixture.server.conversations.pauseAnswers(2);
    await other.send('From the other tab');
    await chat.waitForPhase('writing');
    expect(await chat.turns.last().locator('.question p').textContent()).toBe('From the other tab');
    expect(await button('Stop').isEnabled()).toBe(true);
    fixture.server.conversations.resumeAnswers();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe('Answer 1 to “From the other tab”.');
    const conversation = firstConversation();
    conversation.title = 'Another name';
    fixture.server.conversations.notifyChange(conversation);
    fixture.server.conversations.create({ title: 'Made by a program' });
    await expect.poll(async () => (await titles()).toSorted()).toEqual(['Another name', 'Made by a program']);
    await expect.poll(() => chat.page.title()).toBe('Another name · Quire');
    await other.page.getByRole('button', { name: 'More actions for “Another name”' }).click();
    await other.page.getByRole('menuitem', { name: 'Delete' }).click();
    await other.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await chat.page.locator('.notice', { hasText: 'This conversation was deleted' }).waitFor();
    expect(await chat.turns.count()).toBe(2);
    await expect.poll(titles).toEqual(['Made by a program']);
  });

  test('a dead connection that was never closed is detected, and the answer continues', async () => {
    const chat = await open({}, '', (page) => page.clock.install());
    fixture.server.conversations.pauseAnswers(1);
    await chat.send('Are you there?');
    await chat.waitForPhase('writing');
    fixture.server.silent = true;
    fixture.server.conversations.resumeAnswers();
    await chat.page.clock.fastForward(16_000);
    await chat.page.clock.fastForward(11_000);
    await chat.page.locator('.notice', { hasText: 'The connection to the server was lost' }).waitFor();
    fixture.server.silent = false;
    await chat.page.clock.fastForward(1_000);
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toBe('Answer 1 to “Are you there?”.');
  });
});
