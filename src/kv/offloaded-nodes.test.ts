// A slow store pins blocks of a window, so the tree cannot remove the nodes of the text before these blocks.

import { expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { SimulatedStore } from '../../tests/support/kv/simulated-store.ts';
import { blockId } from '../base/ids.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockCopies } from './block-copies.ts';
import { createPagedCache } from './create-cache.ts';

const LENGTH = 64;

/** Accepts one block each time `open` is called, and never finishes storing the block. */
class StuckStore extends SimulatedStore {
  #open: () => void = () => {};

  close(): void {
    this.busy = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.busy = undefined;
    this.#open();
  }

  override store(): Promise<void> {
    this.close();
    return new Promise(() => {});
  }
}

const emptyMemory = { read: () => new Int32Array(1), write: () => {} };

test.each<[string, KvKeeps[]]>([
  ['some layers have a window', ['all', { window: 1 }]],
  ['all layers have windows, in three groups', [{ window: 1 }, { window: 2 }, { window: 3 }]],
])('running sequences have enough tree nodes while blocks are being stored, if %s', async (_, retentions) => {
  const groups = retentions.map((retention) => ({
    retention,
    blocks: retention === 'all' ? LENGTH : 8,
    store: retention === 'all' ? new SimulatedStore(emptyMemory) : new StuckStore(emptyMemory),
  }));
  const shape = { blockSize: 1, contextLength: LENGTH, maxRunning: 1, stepTokens: 1 };
  const cache = createPagedCache({ ...shape, groups });
  const copies = new BlockCopies(retentions.length);
  const stores = groups.map(({ store }) => store);
  for (const store of stores) if (store instanceof StuckStore) store.close();
  for (let text = 0; text < 20; text++) {
    const tokens = Int32Array.from({ length: LENGTH }, (_, i) => 1000 * text + i);
    const sequence = cache.createSequence(cache.match(tokens, ''), copies)!;
    for (let length = 1; length < LENGTH; length++) {
      expect(cache.reserve(sequence, length, copies)).toBe(true);
      cache.commit(sequence, tokens, length);
    }
    cache.release(sequence);
    for (const store of stores) if (store instanceof StuckStore) store.open(); // stores a block near the end of the text
    for (let i = 0; i < 4; i++) await new Promise(setImmediate);
    checkInvariants(cache);
  }
  for (const { retention, pool } of cache.groupBlocks) {
    const pinCounts = Array.from({ length: pool.size }, (_, i) => pool.pinCount(blockId(i)));
    if (retention !== 'all') expect(pinCounts.filter((count) => count > 0)).toHaveLength(4);
  }
});
