import { expect, test } from 'vitest';
import { blockId } from '../base/ids.ts';
import { BlockCopies } from './block-copies.ts';

test('`drain` returns each copy once, by group, in the order in which the copies were added', () => {
  const copies = new BlockCopies(2);
  copies.add(1, blockId(3), blockId(4));
  copies.add(0, blockId(5), blockId(6));
  copies.add(1, blockId(4), blockId(7));
  expect(copies.isEmpty).toBe(false);
  expect(copies.drain()).toEqual([Int32Array.of(5, 6), Int32Array.of(3, 4, 4, 7)]);
  expect(copies.isEmpty).toBe(true);
  expect(copies.drain()).toEqual([new Int32Array(0), new Int32Array(0)]);
});
