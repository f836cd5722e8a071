// The promise of docs/chat-protocol.md: who knows `start`, `stream` and `end` has a whole client. plain-page is one,
// and knows nothing else; the server gives it out as its page, and it has a conversation with the embedded model.

import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { type RunningServer, startServer } from '../../src/server/start-server.ts';
import { describeWith, needsChromium } from '../support/needs.ts';
import { launchBrowser } from './chat-page.ts';

const PAGE = fileURLToPath(new URL('./plain-page', import.meta.url));

describeWith(needsChromium(), 'a client of thirty lines', (chromium) => {
  let browser: Browser;
  let engine: Engine;
  let server: RunningServer;

  beforeAll(async () => {
    browser = await launchBrowser(chromium);
    engine = await loadEngine();
    server = await startServer({ engine, host: '127.0.0.1', port: 0, pageDir: PAGE });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await engine?.dispose();
  });

  test('has a conversation whose second answer depends on its first message', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    const frames: { type: string; content?: string }[] = [];
    page.on('console', (message) => {
      // Browsers ask for an icon by themselves, and the page has none.
      if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(String(payload))));
    });
    await page.goto(server.url);
    const ask = async (message: string): Promise<string> => {
      const complete = page.locator('li.complete');
      const before = await complete.count();
      await page.locator('#message').fill(message);
      await page.locator('#send:enabled').click();
      await complete.nth(before).waitFor();
      return (await complete.nth(before).textContent()) ?? '';
    };
    const first = await ask('My name is Mira and I have a cat called Biscuit.');
    expect(first.length).toBeGreaterThan(0);
    expect(await ask('What is my cat called?')).toContain('Biscuit');
    expect(await page.locator('li').count()).toBe(2);
    expect(complaints).toEqual([]);
    // Nothing came that this client does not know, and each answer is one start, its pieces, one end.
    const order = frames.map(({ type }) => type).join(' ');
    expect(order).toMatch(/^start( stream)+ end start( stream)+ end$/);
    await page.close();
  });
});
