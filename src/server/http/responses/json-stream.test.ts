import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { yieldToEventLoop } from '../../../base/steps.ts';
import { ITEMS_PER_CHUNK, jsonStream, StreamedList } from './json-stream.ts';

test.each([0, 1, ITEMS_PER_CHUNK, ITEMS_PER_CHUNK + 1, 3 * ITEMS_PER_CHUNK])(
  'jsonStream writes valid JSON for a list of %i items',
  async (count) => {
    const items = Array.from({ length: count }, (_, i) => i);
    const toText = (item: number): string => `"${item}"\n`;
    const json = await text(
      jsonStream({ items: new StreamedList(items), count, texts: new StreamedList(items, toText) }),
    );
    expect(JSON.parse(json)).toEqual({ items, count, texts: items.map(toText) });
  },
);

test('jsonStream converts items no faster than the client reads', async () => {
  let converted = 0;
  const items = new Array<number>(1_000_000).fill(0);
  const stream = jsonStream({ items: new StreamedList(items, () => converted++) });
  for (let round = 0; round < 100; round++) {
    if (round < 5) stream.read();
    await yieldToEventLoop();
  }
  expect(converted).toBeGreaterThan(0);
  expect(converted).toBeLessThanOrEqual(5 * ITEMS_PER_CHUNK);
  stream.destroy();
});

test('jsonStream yields to the event loop between two chunks, however fast the client reads', async () => {
  let converted = 0;
  let maxPerTurn = 0;
  const items = new Array<number>(40 * ITEMS_PER_CHUNK).fill(0);
  const reading = text(jsonStream({ items: new StreamedList(items, () => converted++) }));
  while (converted < items.length) {
    const before = converted;
    await yieldToEventLoop();
    maxPerTurn = Math.max(maxPerTurn, converted - before);
  }
  await reading;
  expect(maxPerTurn).toBeLessThanOrEqual(2 * ITEMS_PER_CHUNK);
});
