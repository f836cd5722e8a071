// ChainKeys in a paged cache: the keys of a prompt are computed once, even if the prompt is matched repeatedly.

import { expect, test } from 'vitest';
import { SimulatedStore } from '../../tests/support/kv/simulated-store.ts';
import { BlockCopies } from './block-copies.ts';
import { createPagedCache } from './create-cache.ts';
import type { PagedCache } from './paged-cache.ts';

const BLOCK = 4;
/** Returns a prompt; prompts with different numbers of `changed` tokens have different beginnings. */
const promptOf = (length: number, changed = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => (i < changed ? i : 1000 + i));

/** Counts the computed keys. */
class CountingStore extends SimulatedStore {
  computedKeys = 0;

  constructor() {
    super({ read: () => new Int32Array(BLOCK), write: () => {} });
  }

  override keyOf(parent: string, tokens: Int32Array): string {
    this.computedKeys++;
    return super.keyOf(parent, tokens);
  }
}

function cacheWith(store: CountingStore): PagedCache {
  return createPagedCache({
    groups: [{ retention: { window: 8 }, blocks: 40, store }],
    blockSize: BLOCK,
    contextLength: 400,
    maxRunning: 2,
    stepTokens: 8,
  });
}

test('a prompt that is matched repeatedly is hashed once', () => {
  const store = new CountingStore();
  const cache = cacheWith(store);
  for (let attempt = 0; attempt < 20; attempt++) expect(cache.match(promptOf(201), '').storedTokens).toBe(0);
  expect(store.computedKeys).toBe(50);
  cache.match(promptOf(209), ''); // two more blocks
  expect(store.computedKeys).toBe(52);
});

test('only the blocks after the common prefix with the previous prompt are hashed', () => {
  const store = new CountingStore();
  const cache = cacheWith(store);
  const storedTokensOf = (prompt: Int32Array, salt = ''): number => {
    store.computedKeys = 0;
    return cache.match(prompt, salt).storedTokens;
  };
  let key = store.rootKey('');
  for (let offset = 0; offset < 200; offset += BLOCK) {
    key = store.keyOf(key, promptOf(201).subarray(offset, offset + BLOCK));
    store.stored.set(key, new Int32Array(BLOCK));
  }
  expect(storedTokensOf(promptOf(201))).toBe(200);
  expect([storedTokensOf(promptOf(201, 102)), store.computedKeys]).toEqual([0, 50]); // no block in common
  expect([storedTokensOf(promptOf(201)), store.computedKeys]).toEqual([200, 50]);
  expect([storedTokensOf(promptOf(201), 'another'), store.computedKeys]).toEqual([0, 50]);
  expect([storedTokensOf(promptOf(150), 'another'), store.computedKeys]).toEqual([0, 0]);
});

test('the keys of a prompt do not depend on whether its blocks are in memory', () => {
  const store = new CountingStore();
  const cache = cacheWith(store);
  const prompt = promptOf(41);
  const match = cache.match(prompt, '');
  expect(match.tokens).toBe(0);
  const sequence = cache.createSequence(match, new BlockCopies(1))!;
  for (let length = 8; length <= 40; length += 8) {
    cache.reserve(sequence, length, new BlockCopies(1));
    cache.commit(sequence, prompt, length);
  }
  cache.release(sequence);
  let key = store.rootKey('');
  for (let offset = 0; offset < 40; offset += BLOCK)
    key = store.keyOf(key, prompt.subarray(offset, offset + BLOCK));
  const longer = Int32Array.from([...prompt.subarray(0, 40), 1, 2, 3, 4, 5]);
  const storedKey = store.keyOf(key, longer.subarray(40, 44));
  store.stored.set(storedKey, new Int32Array(BLOCK));
  const longerMatch = cache.match(longer, '');
  expect([longerMatch.tokens, longerMatch.storedTokens]).toEqual([40, 4]);
  expect(longerMatch.keyOf!(0, 10)).toBe(storedKey);
});
