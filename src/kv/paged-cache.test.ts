// Worked examples of one paged cache: what a match finds, when a sequence is admitted, and why a prompt missed.
// Blocks of 4 tokens; the properties of random operations are in cache-policies.test.ts.

import { describe, expect, test } from 'vitest';
import { BlockCopies } from './block-copies.ts';
import { createCache } from './create-cache.ts';
import type { KvCache, KvSequence } from './kv-cache.ts';

const cacheOf = (blocks: number, maxRunning = 4): KvCache =>
  createCache('paged', {
    groups: [{ keeps: 'all', blocks }],
    blockSize: 4,
    contextLength: 40,
    maxRunning,
  });

const tokensOf = (length: number, first = 0): Int32Array =>
  Int32Array.from({ length }, (_, i) => 100 * first + i);

/** A sequence whose tokens are all computed. */
function computed(cache: KvCache, tokens: Int32Array, salt = ''): KvSequence {
  const copies = new BlockCopies(1);
  const sequence = cache.createSequence(cache.match(tokens, salt), copies)!;
  expect(cache.reserve(sequence, tokens.length, copies)).toBe(true);
  cache.commit(sequence, tokens, tokens.length);
  return sequence;
}

function ended(cache: KvCache, tokens: Int32Array, salt = ''): void {
  cache.release(computed(cache, tokens, salt), tokens);
}

describe('a match', () => {
  test('finds whole blocks and the start of the next one, but never the last token', () => {
    const cache = cacheOf(10);
    ended(cache, tokensOf(10));
    expect(cache.match(tokensOf(12), '').tokens).toBe(10);
    expect(cache.match(tokensOf(10), '').tokens).toBe(9);
    expect(cache.match(tokensOf(6), '').tokens).toBe(5);
  });

  test('reports which of its tokens running sequences hold', () => {
    const cache = cacheOf(10);
    const running = computed(cache, tokensOf(6));
    expect(cache.match(tokensOf(12), '')).toMatchObject({ tokens: 6, runningTokens: 6, storedTokens: 0 });
    cache.release(running, tokensOf(6));
    expect(cache.match(tokensOf(12), '')).toMatchObject({ tokens: 6, runningTokens: 0 });
  });

  test('cannot be used after the cache changed', () => {
    const cache = cacheOf(10);
    const match = cache.match(tokensOf(5), '');
    ended(cache, tokensOf(5, 1));
    expect(() => cache.createSequence(match, new BlockCopies(1))).toThrow('changed after the match');
    expect(cache.explain(match)).toBeUndefined();
  });
});

describe('admission', () => {
  test('needs blocks for the prompt and its next token', () => {
    const cache = cacheOf(3);
    expect(cache.canAdmit(cache.match(tokensOf(11), ''), [], 0)).toBe(true);
    expect(cache.canAdmit(cache.match(tokensOf(12), ''), [], 0)).toBe(false);
  });

  test('leaves running sequences the blocks for their tokens and the headroom', () => {
    const cache = cacheOf(5);
    const kv = computed(cache, tokensOf(4)); // one block, and one for its next token
    const others = [{ kv, length: 4 }];
    const match = cache.match(tokensOf(7, 1), ''); // two blocks
    expect([0, 1, 2].map((headroom) => cache.canAdmit(match, others, headroom))).toEqual([true, true, false]);
  });

  test('does not count cached blocks twice: as found ones and as available ones', () => {
    const cache = cacheOf(3);
    ended(cache, tokensOf(8)); // two cached blocks, one free
    expect(cache.canAdmit(cache.match(tokensOf(11), ''), [], 0)).toBe(true);
    expect(cache.canAdmit(cache.match(Int32Array.from([...tokensOf(8), ...tokensOf(4, 1)]), ''), [], 0)).toBe(
      false,
    );
  });

  test('is refused without a block table', () => {
    const cache = cacheOf(10, 1);
    computed(cache, tokensOf(4));
    expect(cache.createSequence(cache.match(tokensOf(4, 1), ''), new BlockCopies(1))).toBeUndefined();
  });

  test('is possible up to the size of the pool', () => {
    expect([cacheOf(3).maxLength, cacheOf(10).maxLength, cacheOf(20).maxLength]).toEqual([12, 40, 40]);
  });
});

describe('a partial block', () => {
  test('is extended in place when nothing else uses it', () => {
    const cache = cacheOf(10);
    ended(cache, tokensOf(6));
    const copies = new BlockCopies(1);
    cache.createSequence(cache.match(tokensOf(8), ''), copies);
    expect(copies.isEmpty).toBe(true);
  });

  test('is copied when a running sequence owns it, or when only its start matches', () => {
    for (const [isRunning, prompt] of [
      [true, tokensOf(8)],
      [false, Int32Array.of(0, 1, 2, 3, 4, 99, 98)],
    ] as const) {
      const cache = cacheOf(10);
      const sequence = computed(cache, tokensOf(6));
      if (!isRunning) cache.release(sequence, tokensOf(6));
      const copies = new BlockCopies(1);
      cache.createSequence(cache.match(prompt, ''), copies);
      expect(copies.take()[0]).toHaveLength(2);
    }
  });
});

describe('a miss', () => {
  const explained = (cache: KvCache, tokens: Int32Array, salt = ''): unknown =>
    cache.explain(cache.match(tokens, salt));

  test('is not reported when all that was ever computed was found', () => {
    const cache = cacheOf(10);
    ended(cache, tokensOf(8));
    expect(explained(cache, tokensOf(12))).toBeUndefined();
  });

  test('is an edited history when a cached text continues differently', () => {
    const cache = cacheOf(10);
    ended(cache, tokensOf(8));
    expect(explained(cache, Int32Array.of(0, 1, 2, 3, 9, 9, 9))).toBe('history_edited');
    expect(explained(cache, Int32Array.of(0, 1, 2, 3, 4, 9, 9))).toBe('history_edited');
  });

  test('is a different salt when the text is cached under another one', () => {
    const cache = cacheOf(10);
    ended(cache, tokensOf(8), 'a');
    expect(explained(cache, tokensOf(8), 'b')).toBe('different_salt');
    expect(explained(cache, tokensOf(8, 1), 'b')).toBe('nothing_in_common');
  });

  test('is an eviction when the next block was evicted', () => {
    const cache = cacheOf(3);
    ended(cache, tokensOf(8));
    ended(cache, tokensOf(8, 1)); // takes one free block and evicts the end of the first text
    expect(cache.match(tokensOf(8), '').tokens).toBe(4);
    expect(explained(cache, tokensOf(8))).toBe('evicted');
  });
});

test('the use of a group counts shared blocks once, and cached tokens apart', () => {
  const cache = cacheOf(10);
  ended(cache, tokensOf(6, 1));
  const running = computed(cache, tokensOf(6));
  cache.fork(running, new BlockCopies(1));
  expect(cache.usage()).toEqual([{ totalTokens: 40, reservedTokens: 8, usedTokens: 6, cachedTokens: 6 }]);
});
