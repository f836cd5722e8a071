import { expect, test } from 'vitest';
import { blockId } from '../base/ids.ts';
import { BlockPool } from './block-pool.ts';

test('a block is taken once, shared by count, and freed by its last owner', () => {
  const pool = new BlockPool(2);
  pool.promise(2);
  const [first, second] = [pool.takePromised(), pool.takePromised()];
  expect(first).not.toBe(second);
  pool.share(first);
  pool.release(first);
  expect([pool.owners(first), pool.freeCount]).toEqual([1, 0]);
  pool.release(first);
  expect([pool.owners(first), pool.freeCount, pool.available]).toEqual([0, 1, 1]);
});

test('what is promised is not available to others', () => {
  const pool = new BlockPool(3);
  pool.promise(2);
  expect([pool.available, pool.freeCount, pool.promised]).toEqual([1, 3, 2]);
  expect(() => pool.promise(2)).toThrow('invariant');
  pool.unpromise(1);
  pool.promise(2);
  expect(pool.available).toBe(0);
});

test.each<[string, (pool: BlockPool) => void]>([
  ['taking without a promise', (pool) => pool.takePromised()],
  ['returning a promise that was not made', (pool) => pool.unpromise(1)],
  ['releasing a free block', (pool) => pool.release(blockId(0))],
  ['sharing a free block', (pool) => pool.share(blockId(0))],
])('%s is a broken invariant', (_name, act) => {
  expect(() => act(new BlockPool(1))).toThrow('invariant');
});
