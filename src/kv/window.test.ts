import { expect, test } from 'vitest';
import { firstRetained, longestUsablePrefix, maxBlocksHeld } from './window.ts';

const BLOCK = 4;

test('a group that keeps all positions retains the first one', () => {
  expect(firstRetained('all', 100)).toBe(0);
});

test('a window retains its last positions, and one more than the next token attends to', () => {
  expect([5, 8, 9, 20].map((length) => firstRetained({ window: 8 }, length))).toEqual([0, 0, 1, 12]);
});

test('a window group owns blocks for its window and one step, and one for unaligned ends', () => {
  expect(maxBlocksHeld({ window: 8 }, 400, 8, BLOCK)).toBe(4 + 1);
  expect(maxBlocksHeld({ window: 8 }, 6, 8, BLOCK)).toBe(2); // a short sequence needs only its own blocks
  expect(maxBlocksHeld('all', 6, 8, BLOCK)).toBe(2);
});

test('without a window the prefix ends at the first missing block', () => {
  const usable = longestUsablePrefix(['all'], 20, BLOCK, (_, index) => index !== 3);
  expect(usable).toBe(12);
});

test('a window needs only the blocks of its last positions', () => {
  const holds = (_: number, index: number): boolean => index >= 3;
  expect(longestUsablePrefix([{ window: 4 }], 20, BLOCK, holds)).toBe(20);
  expect(longestUsablePrefix([{ window: 8 }], 20, BLOCK, holds)).toBe(20);
  expect(longestUsablePrefix([{ window: 9 }], 20, BLOCK, holds)).toBe(0); // needs block 2, and so do shorter prefixes
});

test('a prefix that one group shortens is checked again in the others', () => {
  // Group 1 lacks block 2: usable is 20 for its window of 4, but not 12, which group 0 leaves.
  const holds = (group: number, index: number): boolean => (group === 0 ? index < 3 : index !== 2);
  expect(longestUsablePrefix(['all', { window: 4 }], 20, BLOCK, holds)).toBe(8);
});
