// docs/chat-protocol.md states that a client needs only the events `start`, `stream` and `end`. plain-page is a client that uses
// only these events. The server serves it as its page, and the test has a conversation with the embedded model.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeServed } from './describe-served.ts';

const PAGE = fileURLToPath(new URL('./plain-page', import.meta.url));

describeServed('a client of thirty lines', PAGE, (served) => {
  test('has a conversation whose second answer depends on the first message', async () => {
    const page = await served.browser.newPage();
    const consoleErrors: string[] = [];
    const frames: { type: string; content?: string }[] = [];
    page.on('console', (message) => {
      // Browsers request an icon by default, and the page has none.
      if (!message.location().url.endsWith('/favicon.ico')) consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(String(payload))));
    });
    await page.goto(served.server.url);
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
    expect(consoleErrors).toEqual([]);
    // The client receives only known events: for each answer one start, its pieces and one end.
    const order = frames.map(({ type }) => type).join(' ');
    expect(order).toMatch(/^start( stream)+ end start( stream)+ end$/);
    await page.close();
  });
});
