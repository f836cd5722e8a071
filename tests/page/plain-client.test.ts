// The promise of docs/chat-protocol.md: who knows `start`, `stream` and `end` has a whole client. plain-page is one,
// and knows nothing else; the server gives it out as its page, and it has a conversation with the embedded model.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeServed } from './describe-served.ts';

const PAGE = fileURLToPath(new URL('./plain-page', import.meta.url));

describeServed('a client of thirty lines', PAGE, (served) => {
  test('has a conversation whose second answer depends on its first message', async () => {
    const page = await served.browser.newPage();
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
    expect(complaints).toEqual([]);
    // Nothing came that this client does not know, and each answer is one start, its pieces, one end.
    const order = frames.map(({ type }) => type).join(' ');
    expect(order).toMatch(/^start( stream)+ end start( stream)+ end$/);
    await page.close();
  });
});
