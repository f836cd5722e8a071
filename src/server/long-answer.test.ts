import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { jsonStream, LongList, PIECE_ITEMS } from './long-answer.ts';

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

test('a list is made no faster than it is read', () => {
  let made = 0;
  const items = new Array<number>(1_000_000).fill(0);
  const stream = jsonStream({ items: new LongList(items, () => made++) });
  stream.read();
  expect(made).toBeLessThanOrEqual(20 * PIECE_ITEMS);
  stream.destroy();
});
