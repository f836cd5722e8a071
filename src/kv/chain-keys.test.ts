// The keys of a text are computed once, however often the text is looked up.

import { expect, test } from 'vitest';
import { SimulatedStore } from '../../tests/support/kv/simulated-store.ts';
import { BlockCopies } from './block-copies.ts';
import { createPagedCache } from './create-cache.ts';
import type { PagedCache } from './paged-cache.ts';

const BLOCK = 4;
const text = (length: number, from = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => (i < from ? i : 1000 + i));

/** Counts the computed keys. */
class CountingStore extends SimulatedStore {
  made = 0;

  constructor() {
    super({ read: () => new Int32Array(BLOCK), write: () => {} });
  }

  override keyOf(parent: string, tokens: Int32Array): string {
    this.made++;
    return super.keyOf(parent, tokens);
  }
}

function cacheOver(store: CountingStore): PagedCache {
  return createPagedCache({
    groups: [{ keeps: { window: 8 }, blocks: 40, store }],
    blockSize: BLOCK,
    contextLength: 400,
    maxRunning: 2,
    stepTokens: 8,
  });
}

test('a prompt that is looked up repeatedly is hashed once', () => {
  const store = new CountingStore();
  const cache = cacheOver(store);
  for (let attempt = 0; attempt < 20; attempt++) expect(cache.match(text(201), '').storedTokens).toBe(0);
  expect(store.made).toBe(50);
  cache.match(text(209), ''); // it has grown
  expect(store.made).toBe(52);
});

test('only the common prefix with the previous text is not hashed again', () => {
  const store = new CountingStore();
  const cache = cacheOver(store);
  const stored = (prompt: Int32Array, salt = ''): number => {
    store.made = 0;
    return cache.match(prompt, salt).storedTokens;
  };
  let key = store.rootKey('');
  for (let at = 0; at < 200; at += BLOCK) {
    key = store.keyOf(key, text(201).subarray(at, at + BLOCK));
    store.kept.set(key, new Int32Array(BLOCK));
  }
  expect(stored(text(201))).toBe(200);
  expect([stored(text(201, 102)), store.made]).toEqual([0, 50]); // no block in common
  expect([stored(text(201)), store.made]).toEqual([200, 50]);
  expect([stored(text(201), 'another'), store.made]).toEqual([0, 50]);
  expect([stored(text(150), 'another'), store.made]).toEqual([0, 0]);
});

test('the keys of a text do not depend on whether its blocks are in memory', () => {
  const store = new CountingStore();
  const cache = cacheOver(store);
  const prompt = text(41);
  const before = cache.match(prompt, '');
  expect(before.tokens).toBe(0);
  const sequence = cache.createSequence(before, new BlockCopies(1))!;
  for (let length = 8; length <= 40; length += 8) {
    cache.reserve(sequence, length, new BlockCopies(1));
    cache.commit(sequence, prompt, length);
  }
  cache.release(sequence);
  let key = store.rootKey('');
  for (let at = 0; at < 40; at += BLOCK) key = store.keyOf(key, prompt.subarray(at, at + BLOCK));
  const longer = Int32Array.from([...prompt.subarray(0, 40), 1, 2, 3, 4, 5]);
  const last = store.keyOf(key, longer.subarray(40, 44));
  store.kept.set(last, new Int32Array(BLOCK));
  const found = cache.match(longer, '');
  expect([found.tokens, found.storedTokens]).toEqual([40, 4]);
  expect(found.keyOf!(0, 10)).toBe(last);
});
