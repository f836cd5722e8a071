import { expect, test } from 'vitest';
import { firstRetainedPosition, longestUsablePrefix, maxBlocksOwned } from './window.ts';

const BLOCK = 4;

test('a group without a window retains position 0', () => {
  expect(firstRetainedPosition('all', 100)).toBe(0);
});

test('a group with a window retains one position more than the next token attends to', () => {
  expect([5, 8, 9, 20].map((length) => firstRetainedPosition({ window: 8 }, length))).toEqual([0, 0, 1, 12]);
});

test('a group with a window needs blocks for the window and one step, and one more block because a window may start inside a block', () => {
  expect(maxBlocksOwned({ window: 8 }, 400, 8, BLOCK)).toBe(4 + 1);
  expect(maxBlocksOwned({ window: 8 }, 6, 8, BLOCK)).toBe(2); // no more than the sequence fills
  expect(maxBlocksOwned('all', 6, 8, BLOCK)).toBe(2);
});

test('without a window, the usable prefix ends at the first missing block', () => {
  const usable = longestUsablePrefix(['all'], 20, BLOCK, (_, index) => index !== 3);
  expect(usable).toBe(12);
});

test('the usable prefix of a group with a window needs only the blocks of the window', () => {
  const hasBlock = (_: number, index: number): boolean => index >= 3;
  expect(longestUsablePrefix([{ window: 4 }], 20, BLOCK, hasBlock)).toBe(20);
  expect(longestUsablePrefix([{ window: 8 }], 20, BLOCK, hasBlock)).toBe(20);
  expect(longestUsablePrefix([{ window: 9 }], 20, BLOCK, hasBlock)).toBe(0); // this prefix and all shorter ones need a missing block
});

test('a prefix that is shortened for one group is checked again for the other groups', () => {
  // Group 0 has no block after block 2, so at most 12 tokens are usable. Group 1 has no block 2, which a prefix of 12 needs.
  const hasBlock = (group: number, index: number): boolean => (group === 0 ? index < 3 : index !== 2);
  expect(longestUsablePrefix(['all', { window: 4 }], 20, BLOCK, hasBlock)).toBe(8);
});
