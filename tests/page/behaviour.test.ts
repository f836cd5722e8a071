// Tests the behaviour of the page on the real server: keys, input methods, stopping, a full context, a lost connection, languages
// and malicious text. The model is tiny and runs slowly, one token per step, so that a test has time to stop an answer.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import type { RunningServer } from '../../src/server/start-server.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';
import type { ChatPage } from './chat-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';

/** The tiny model answers this message until its context of 128 tokens is full. */
const ENDLESS_PROMPT = 'b';
const LONG_MESSAGE = 'a b c d e f g h i j k l m n o p q r s t';

describeInBrowser('the page', ({ open }) => {
  let tiny: TinyServer;
  let stepMs = 0;

  beforeAll(async () => {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    tiny = await startTinyServer({ stepTokens: 1, onStep: () => Atomics.wait(pause, 0, 0, stepMs) });
  });

  afterAll(async () => {
    await tiny?.stop();
  });

  async function withPage(
    check: (chat: ChatPage) => Promise<void>,
    options = {},
    msPerStep = 0,
  ): Promise<void> {
    stepMs = msPerStep;
    const chat = await open(tiny.url, options);
    await check(chat);
    expect(chat.consoleErrors).toEqual([]);
  }

  test('stopping during an answer keeps the text generated so far', () =>
    withPage(
      async (chat) => {
        await chat.send(ENDLESS_PROMPT);
        await chat.waitForPhase('writing');
        await chat.page.getByRole('button', { name: 'Stop' }).click();
        await chat.waitForPhase('done');
        const { generated } = await chat.report();
        expect(generated).toBeGreaterThan(0);
        expect(generated).toBeLessThan(100);
        await chat.page.getByText('Stopped', { exact: true }).waitFor();
        expect(await chat.input.inputValue()).toBe('');
      },
      {},
      20,
    ));

  test('Escape during prefill stops the turn and restores the text', () =>
    withPage(
      async (chat) => {
        await chat.send(LONG_MESSAGE);
        await chat.waitForPhase('reading');
        await chat.page.keyboard.press('Escape');
        await chat.waitForPhase('done');
        expect((await chat.report()).generated).toBe(0);
        await chat.page.locator('.ending', { hasText: 'not part of the conversation' }).waitFor();
        expect(await chat.input.inputValue()).toBe(LONG_MESSAGE);
      },
      {},
      20,
    ));

  test('Enter sends the message, Shift + Enter starts a new line, and an empty message is not sent', () =>
    withPage(async (chat) => {
      await chat.input.press('Enter');
      await chat.input.pressSequentially('x');
      await chat.input.press('Shift+Enter');
      await chat.input.pressSequentially('y');
      expect(await chat.input.inputValue()).toBe('x\ny');
      expect(await chat.turns.count()).toBe(0);
      await chat.input.press('Enter');
      await chat.waitForPhase('done');
      expect(await chat.turns.locator('.question p').textContent()).toBe('x\ny');
    }));

  test('Enter that confirms an input method candidate does not send the message', () =>
    withPage(async (chat) => {
      const session = await chat.page.context().newCDPSession(chat.page);
      const pressEnter = async (windowsVirtualKeyCode: number) => {
        await session.send('Input.dispatchKeyEvent', {
          type: 'rawKeyDown',
          key: 'Enter',
          windowsVirtualKeyCode,
        });
        await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', windowsVirtualKeyCode });
      };
      await chat.input.focus();
      await session.send('Input.imeSetComposition', { text: 'shijie', selectionStart: 6, selectionEnd: 6 });
      await pressEnter(229);
      await pressEnter(13);
      expect(await chat.turns.count()).toBe(0);
      await session.send('Input.insertText', { text: '世界' });
      // In Safari the key press that ends a composition follows after its end, with key code 229.
      await pressEnter(229);
      expect(await chat.turns.count()).toBe(0);
      expect(await chat.input.inputValue()).toBe('世界');
      await pressEnter(13);
      await chat.waitForPhase('done');
      expect(await chat.turns.locator('.question p').textContent()).toBe('世界');
    }));

  test('a full context is reported with its two token counts, and a new conversation can be started', () =>
    withPage(async (chat) => {
      await chat.ask(ENDLESS_PROMPT);
      const notice = chat.page.locator('.notice-context');
      expect(await notice.textContent()).toContain('128 of 128 tokens');
      await chat.send('more');
      await chat.waitForPhase('failed');
      expect(await notice.textContent()).toMatch(/\d{3} tokens, but the context length is 128/);
      expect(await chat.input.inputValue()).toBe('more');
      await notice.getByRole('button', { name: 'New conversation' }).click();
      expect(await chat.turns.count()).toBe(0);
      await chat.ask('hello');
      expect((await chat.report()).generated).toBeGreaterThan(0);
    }));

  test('a conversation that is started during an answer does not contain the previous conversation', () =>
    withPage(
      async (chat) => {
        await chat.send(ENDLESS_PROMPT);
        await chat.waitForPhase('writing');
        await chat.page.getByRole('button', { name: 'New conversation' }).click();
        await chat.ask('hello');
        expect(await chat.turns.count()).toBe(1);
        const prompt = (await tiny.engine.encodeChat([{ role: 'user', content: 'hello' }])).tokens.length;
        expect((await chat.report()).prompt).toBe(prompt);
      },
      {},
      10,
    ));

  test('the page uses the language of the browser, and stores the choice of the user', () =>
    withPage(
      async (chat) => {
        await chat.page.getByRole('heading', { name: '每个词元只计算一次。' }).waitFor();
        expect(await chat.page.locator('html').getAttribute('lang')).toBe('zh-Hans');
        await chat.page.getByRole('button', { name: 'English' }).click();
        await chat.page.getByRole('heading', { name: 'No token is computed twice.' }).waitFor();
        await chat.page.reload();
        await chat.page.getByRole('heading', { name: 'No token is computed twice.' }).waitFor();
      },
      { locale: 'zh-CN' },
    ));

  test('HTML in a message is shown as text', () =>
    withPage(async (chat) => {
      const attack = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
      await chat.ask(attack);
      expect(await chat.turns.locator('.question p').textContent()).toBe(attack);
      expect(await chat.page.locator('.turn img, .turn script').count()).toBe(0);
      expect(await chat.page.evaluate('window.harmed')).toBeUndefined();
    }));

  test('the user can scroll up during an answer, and return to the bottom with a button', () =>
    withPage(
      async (chat) => {
        await chat.send(ENDLESS_PROMPT);
        await chat.waitForPhase('writing');
        const scroller = chat.page.locator('.scroller');
        const top = () => scroller.evaluate((element) => Math.round(element.scrollTop));
        await expect.poll(top, { timeout: 10_000 }).toBeGreaterThan(50);
        await scroller.hover();
        await chat.page.mouse.wheel(0, -2000);
        await expect.poll(top).toBe(0);
        await chat.waitForPhase('done');
        expect(await top()).toBe(0);
        await chat.page.getByRole('button', { name: 'Scroll to bottom' }).click();
        await expect.poll(top, { timeout: 10_000 }).toBeGreaterThan(50);
      },
      { viewport: { width: 360, height: 300 } },
      25,
    ));

  test('when the connection was lost, the page reconnects, continues the conversation and keeps the unsent text', async () => {
    stepMs = 0;
    const folder = mkdtempSync(join(process.env.XDG_DATA_HOME!, 'page-'));
    const serve = async (port: number): Promise<RunningServer> =>
      serveEngine({ engine: tiny.engine, store: await openSqliteStore(folder), host: '127.0.0.1', port });
    let server = await serve(0);
    const { port } = server;
    const chat = await open(server.url);
    await chat.ask('hello');
    await server.close();
    const notice = chat.page.locator('.notice', { hasText: 'The connection to the server was lost' });
    await notice.waitFor();
    await chat.input.fill('not yet sent');
    await chat.input.press('Enter');
    expect(await chat.input.inputValue()).toBe('not yet sent');
    server = await serve(port);
    await notice.waitFor({ state: 'hidden' });
    await chat.input.press('Enter');
    // The previous answer has filled the context, so no further message fits.
    await chat.page
      .getByText('This message does not fit: with it, the conversation would need')
      .first()
      .waitFor();
    expect(await chat.input.inputValue()).toBe('not yet sent');
    await server.close();
  });

  test('a second page shows new turns and a deletion by another client, and an export can be imported', async () => {
    stepMs = 0;
    const chat = await open(tiny.url);
    await chat.ask('a b');
    const second = await open(chat.page.url());
    await second.waitForPhase('done');
    const answer = await chat.ask('c');
    await expect.poll(() => second.turns.count()).toBe(2);
    await second.waitForPhase('done');
    await expect.poll(() => second.answer.textContent()).toBe(answer);

    const download = chat.page.waitForEvent('download');
    await chat.page.locator('.topic[data-current="true"] .menu-button').click();
    await chat.page.getByRole('menuitem', { name: 'Export as JSON' }).click();
    const before = chat.page.url();
    await chat.page.locator('.side-foot input').setInputFiles(await (await download).path());
    await expect.poll(() => chat.page.url()).not.toBe(before);
    await expect.poll(() => chat.turns.count()).toBe(2);
    expect(await chat.answer.textContent()).toBe(answer);

    await fetch(`${tiny.url}/conversations/${before.split('/').at(-1)}`, { method: 'DELETE' });
    await second.page.locator('.notice', { hasText: 'This conversation was deleted' }).waitFor();
    expect(await second.turns.count()).toBe(2);
    expect([...chat.consoleErrors, ...second.consoleErrors]).toEqual([]);
  });

  test('malicious Markdown from a model has no effect', async () => {
    const answer = [
      '<script>window.harmed = 1</script>',
      '<img src="x" onerror="window.harmed = 1">',
      '',
      '![tracker](https://evil.example/pixel.png) [press](javascript:window.harmed=1)',
      '[data](data:text/html,x) [inside](/health) [out](https://example.org/page)',
      '',
      '| table |\n|---|\n| **bold** |',
    ].join('\n');
    const chat = await open(tiny.url, {}, (page) =>
      page.routeWebSocket('**/ws/chat', (socket) => {
        socket.onMessage(() => {
          for (const event of [
            { type: 'start', content: '' },
            { type: 'stream', content: answer },
            { type: 'end' },
          ]) {
            socket.send(JSON.stringify(event));
          }
        });
      }),
    );
    const text = await chat.ask('hello');
    expect(text).toContain('<script>window.harmed = 1</script>');
    expect(text).toContain('tracker (image not loaded)');
    expect(await chat.answer.locator('img, script, iframe').count()).toBe(0);
    expect(await chat.answer.locator('strong').textContent()).toBe('bold');
    const links = chat.answer.locator('a');
    expect(await links.count()).toBe(1);
    expect(await links.getAttribute('href')).toBe('https://example.org/page');
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    await chat.answer.getByText('press').click();
    expect(await chat.page.evaluate('window.harmed')).toBeUndefined();
    expect([...chat.hosts]).toEqual([new URL(tiny.url).host]);
  });
});
