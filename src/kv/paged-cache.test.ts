// Examples of a paged cache with blocks of 4 tokens: what a match finds, when a sequence is admitted, and how a cache miss
// is explained. cache-policies.test.ts tests random operations.

import { describe, expect, test } from 'vitest';
import { BlockCopies } from './block-copies.ts';
import { createCache } from './create-cache.ts';
import type { KvCache, KvSequence } from './kv-cache.ts';

const cacheOf = (blocks: number, maxRunning = 4): KvCache =>
  createCache('paged', {
    groups: [{ retention: 'all', blocks }],
    blockSize: 4,
    contextLength: 40,
    maxRunning,
  });

/** Returns tokens; texts with different seeds have no token in common. */
const tokensOf = (length: number, seed = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => 100 * seed + i);

/** Creates a sequence and computes all its tokens. */
function startComputed(cache: KvCache, tokens: Int32Array, salt = ''): KvSequence {
  const copies = new BlockCopies(1);
  const sequence = cache.createSequence(cache.match(tokens, salt), copies)!;
  expect(cache.reserve(sequence, tokens.length, copies)).toBe(true);
  cache.commit(sequence, tokens, tokens.length);
  return sequence;
}

/** Computes a text and leaves it cached without an owner. */
function cacheText(cache: KvCache, tokens: Int32Array, salt = ''): void {
  cache.release(startComputed(cache, tokens, salt), tokens);
}

describe('PagedCache.match', () => {
  test('finds full blocks and the start of the next block, but never the last token of the prompt', () => {
    const cache = cacheOf(10);
    cacheText(cache, tokensOf(10));
    expect(cache.match(tokensOf(12), '').tokens).toBe(10);
    expect(cache.match(tokensOf(10), '').tokens).toBe(9);
    expect(cache.match(tokensOf(6), '').tokens).toBe(5);
  });

  test('reports how many of the found tokens are in blocks of running sequences', () => {
    const cache = cacheOf(10);
    const running = startComputed(cache, tokensOf(6));
    expect(cache.match(tokensOf(12), '')).toMatchObject({ tokens: 6, runningTokens: 6, storedTokens: 0 });
    cache.release(running, tokensOf(6));
    expect(cache.match(tokensOf(12), '')).toMatchObject({ tokens: 6, runningTokens: 0 });
  });

  test('returns a match that is invalid after the cache has changed', () => {
    const cache = cacheOf(10);
    const match = cache.match(tokensOf(5), '');
    cacheText(cache, tokensOf(5, 1));
    expect(() => cache.createSequence(match, new BlockCopies(1))).toThrow('changed after the match');
    expect(cache.explain(match)).toBeUndefined();
  });
});

describe('PagedCache.canAdmit', () => {
  test('requires blocks for the prompt and one more token', () => {
    const cache = cacheOf(3);
    expect(cache.canAdmit(cache.match(tokensOf(11), ''), [], 0)).toBe(true);
    expect(cache.canAdmit(cache.match(tokensOf(12), ''), [], 0)).toBe(false);
  });

  test('reserves blocks for the tokens of running sequences and for the headroom', () => {
    const cache = cacheOf(5);
    const kv = startComputed(cache, tokensOf(4)); // owns one block and needs one for its next token
    const others = [{ kv, length: 4 }];
    const match = cache.match(tokensOf(7, 1), ''); // needs two blocks
    expect([0, 1, 2].map((headroom) => cache.canAdmit(match, others, headroom))).toEqual([true, true, false]);
  });

  test('does not also count the cached blocks of a match as available', () => {
    const cache = cacheOf(3);
    cacheText(cache, tokensOf(8)); // two cached blocks, one free
    expect(cache.canAdmit(cache.match(tokensOf(11), ''), [], 0)).toBe(true);
    expect(cache.canAdmit(cache.match(Int32Array.from([...tokensOf(8), ...tokensOf(4, 1)]), ''), [], 0)).toBe(
      false,
    );
  });
});

test('PagedCache.createSequence returns undefined when no block table is free', () => {
  const cache = cacheOf(10, 1);
  startComputed(cache, tokensOf(4));
  expect(cache.createSequence(cache.match(tokensOf(4, 1), ''), new BlockCopies(1))).toBeUndefined();
});

test('PagedCache.maxLength is the capacity of the pool, at most the context length', () => {
  expect([cacheOf(3).maxLength, cacheOf(10).maxLength, cacheOf(20).maxLength]).toEqual([12, 40, 40]);
});

describe('the partial block at the end of a match', () => {
  test('is extended in place when it has no owner', () => {
    const cache = cacheOf(10);
    cacheText(cache, tokensOf(6));
    const copies = new BlockCopies(1);
    cache.createSequence(cache.match(tokensOf(8), ''), copies);
    expect(copies.isEmpty).toBe(true);
  });

  test('is copied when a running sequence owns the block, or when only the start of the block matches', () => {
    for (const [isRunning, prompt] of [
      [true, tokensOf(8)],
      [false, Int32Array.of(0, 1, 2, 3, 4, 99, 98)],
    ] as const) {
      const cache = cacheOf(10);
      const sequence = startComputed(cache, tokensOf(6));
      if (!isRunning) cache.release(sequence, tokensOf(6));
      const copies = new BlockCopies(1);
      cache.createSequence(cache.match(prompt, ''), copies);
      expect(copies.drain()[0]).toHaveLength(2);
    }
  });
});

describe('PagedCache.explain', () => {
  const missOf = (cache: KvCache, tokens: Int32Array, salt = ''): unknown =>
    cache.explain(cache.match(tokens, salt));

  test('returns undefined when the whole cached text was found', () => {
    const cache = cacheOf(10);
    cacheText(cache, tokensOf(8));
    expect(missOf(cache, tokensOf(12))).toBeUndefined();
  });

  test('returns history_edited when a cached text continues differently', () => {
    const cache = cacheOf(10);
    cacheText(cache, tokensOf(8));
    expect(missOf(cache, Int32Array.of(0, 1, 2, 3, 9, 9, 9))).toBe('history_edited');
    expect(missOf(cache, Int32Array.of(0, 1, 2, 3, 4, 9, 9))).toBe('history_edited');
  });

  test('returns different_salt when the text is cached under another salt', () => {
    const cache = cacheOf(10);
    cacheText(cache, tokensOf(8), 'a');
    expect(missOf(cache, tokensOf(8), 'b')).toBe('different_salt');
    expect(missOf(cache, tokensOf(8, 1), 'b')).toBe('nothing_in_common');
  });

  test('returns evicted when the next block was evicted', () => {
    const cache = cacheOf(3);
    cacheText(cache, tokensOf(8));
    cacheText(cache, tokensOf(8, 1)); // uses the free block and evicts the end of the first text
    expect(cache.match(tokensOf(8), '').tokens).toBe(4);
    expect(missOf(cache, tokensOf(8))).toBe('evicted');
  });
});

test('PagedCache.usage counts shared blocks once, and cached tokens separately', () => {
  const cache = cacheOf(10);
  cacheText(cache, tokensOf(6, 1));
  const running = startComputed(cache, tokensOf(6));
  cache.fork(running, new BlockCopies(1));
  expect(cache.usage()).toEqual([{ totalTokens: 40, reservedTokens: 8, usedTokens: 6, cachedTokens: 6 }]);
});
