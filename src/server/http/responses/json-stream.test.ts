import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { yieldToEventLoop } from '../../../base/steps.ts';
import { CHUNK_ITEMS, jsonStream, StreamedList } from './json-stream.ts';

test.each([0, 1, CHUNK_ITEMS, CHUNK_ITEMS + 1, 3 * CHUNK_ITEMS])(
  'a list of %i is the JSON of the whole',
  async (count) => {
    const items = Array.from({ length: count }, (_, i) => i);
    const spell = (item: number): string => `"${item}"\n`;
    const written = await text(
      jsonStream({ items: new StreamedList(items), count, spelled: new StreamedList(items, spell) }),
    );
    expect(JSON.parse(written)).toEqual({ items, count, spelled: items.map(spell) });
  },
);

test('a list is made no faster than it is read', async () => {
  let made = 0;
  const items = new Array<number>(1_000_000).fill(0);
  const stream = jsonStream({ items: new StreamedList(items, () => made++) });
  for (let round = 0; round < 100; round++) {
    if (round < 5) stream.read();
    await yieldToEventLoop();
  }
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(5 * CHUNK_ITEMS);
  stream.destroy();
});

test('others have their turn between two pieces, however fast they are read', async () => {
  let made = 0;
  let most = 0;
  const items = new Array<number>(40 * CHUNK_ITEMS).fill(0);
  const reading = text(jsonStream({ items: new StreamedList(items, () => made++) }));
  while (made < items.length) {
    const before = made;
    await yieldToEventLoop();
    most = Math.max(most, made - before);
  }
  await reading;
  expect(most).toBeLessThanOrEqual(2 * CHUNK_ITEMS);
});
