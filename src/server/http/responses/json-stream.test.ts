import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { yieldToEventLoop } from '../../../base/steps.ts';
import { jsonStream, LongList, PIECE_ITEMS } from './json-stream.ts';

test.each([0, 1, PIECE_ITEMS, PIECE_ITEMS + 1, 3 * PIECE_ITEMS])(
  'a list of %i is the JSON of the whole',
  async (count) => {
    const items = Array.from({ length: count }, (_, i) => i);
    const spell = (item: number): string => `"${item}"\n`;
    const written = await text(
      jsonStream({ items: new LongList(items), count, spelled: new LongList(items, spell) }),
    );
    expect(JSON.parse(written)).toEqual({ items, count, spelled: items.map(spell) });
  },
);

test('a list is made no faster than it is read', async () => {
  let made = 0;
  const items = new Array<number>(1_000_000).fill(0);
  const stream = jsonStream({ items: new LongList(items, () => made++) });
  for (let round = 0; round < 100; round++) {
    if (round < 5) stream.read();
    await yieldToEventLoop();
  }
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThanOrEqual(5 * PIECE_ITEMS);
  stream.destroy();
});

test('others have their turn between two pieces, however fast they are read', async () => {
  let made = 0;
  let most = 0;
  const items = new Array<number>(40 * PIECE_ITEMS).fill(0);
  const reading = text(jsonStream({ items: new LongList(items, () => made++) }));
  while (made < items.length) {
    const before = made;
    await yieldToEventLoop();
    most = Math.max(most, made - before);
  }
  await reading;
  expect(most).toBeLessThanOrEqual(2 * PIECE_ITEMS);
});
