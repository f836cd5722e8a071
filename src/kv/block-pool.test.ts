import { describe, expect, test } from 'vitest';
import { BlockPool } from './block-pool.ts';

describe('BlockPool', () => {
  test('allocates free blocks first, then cached blocks, least recently used first', () => {
    const pool = new BlockPool(4);
    const [a, b, c] = [pool.allocate(), pool.allocate(), pool.allocate()];
    pool.release(b, true);
    pool.release(a, true);
    pool.release(c, false);
    expect([...pool.allocationOrder()]).toEqual([c, 3, b, a]);
    expect([pool.state(a), pool.state(c), pool.availableCount]).toEqual(['cached', 'free', 4]);
    expect(pool.oldestCachedBlock()).toBe(b);
    expect([pool.allocate(), pool.allocate(), pool.allocate()]).toEqual([c, 3, b]);
  });

  test('`share` removes a cached block from the allocation order', () => {
    const pool = new BlockPool(2);
    const block = pool.allocate();
    pool.release(block, true);
    pool.share(block);
    pool.share(block);
    expect([pool.ownerCount(block), pool.state(block), pool.availableCount]).toEqual([2, 'owned', 1]);
    pool.release(block, true);
    pool.release(block, true);
    expect([pool.ownerCount(block), pool.state(block), pool.availableCount]).toEqual([0, 'cached', 2]);
  });

  test('does not allocate a pinned block', () => {
    const pool = new BlockPool(1);
    const block = pool.allocate();
    pool.pin(block);
    pool.release(block, true);
    expect([pool.state(block), pool.availableCount, pool.nextBlock()]).toEqual(['pinned', 0, undefined]);
    pool.unpin(block, false);
    expect([pool.state(block), pool.availableCount]).toEqual(['free', 1]);
  });

  test('throws when no block is available, a block is released twice, or a free block is shared or discarded', () => {
    const pool = new BlockPool(1);
    const block = pool.allocate();
    expect(() => pool.allocate()).toThrow(/no block is available/);
    pool.release(block, false);
    expect(() => pool.release(block, false)).toThrow(/more often than acquired/);
    expect(() => pool.share(block)).toThrow(/free block/);
    expect(() => pool.discard(block)).toThrow(/cached block/);
  });

  test('has no block to allocate if the pool size is 0', () => {
    const pool = new BlockPool(0);
    expect([pool.availableCount, pool.nextBlock(), [...pool.allocationOrder()]]).toEqual([0, undefined, []]);
  });
});
