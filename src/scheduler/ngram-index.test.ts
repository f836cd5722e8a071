// Compares the n-gram index with a scan of the whole text.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NgramIndex } from './ngram-index.ts';

/** Scans the text for the latest earlier occurrence of the last 4, 3 or 2 tokens; returns the tokens after it. */
function scan(tokens: Int32Array, maxTokens: number): Int32Array | undefined {
  const { length } = tokens;
  for (let size = Math.min(4, length - 1); size >= 2; size--) {
    const last = tokens.subarray(length - size).join();
    for (let end = length - 1; end >= size; end--) {
      if (tokens.subarray(end - size, end).join() !== last) continue;
      return tokens.slice(end, Math.min(length, end + maxTokens));
    }
  }
  return undefined;
}

test('NgramIndex finds the same continuation as a scan of the whole text, in whatever chunks the text is added', () => {
  const token = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const chunkLists = fc.array(fc.array(token, { maxLength: 40 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(chunkLists, fc.integer({ min: 1, max: 6 }), (chunks, maxTokens) => {
      const index = new NgramIndex();
      const text: number[] = [];
      for (const chunk of chunks) {
        text.push(...chunk);
        const tokens = Int32Array.from(text);
        index.add(tokens, tokens.length);
        expect(index.continuation(tokens, maxTokens)).toEqual(scan(tokens, maxTokens));
      }
    }),
    { numRuns: process.env.QUIRE_FULL === '1' ? 5000 : 300 },
  );
}, 600_000);

test('NgramIndex finds no continuation in 20,000 different tokens, and finds the continuation of an n-gram that is added again', () => {
  const index = new NgramIndex();
  const tokens = Int32Array.from({ length: 20_000 }, (_, i) => i + 1);
  index.add(tokens, 1);
  expect(index.continuation(tokens.subarray(0, 1), 4)).toBeUndefined();
  index.add(tokens, tokens.length);
  expect(index.continuation(tokens, 4)).toBeUndefined();
  const repeated = Int32Array.of(...tokens, 7, 8, 9);
  index.add(repeated, repeated.length);
  expect(index.continuation(repeated, 3)).toEqual(Int32Array.of(10, 11, 12));
});

test('the number of tokens that `add` reads does not depend on the length of the text', () => {
  const index = new NgramIndex();
  let reads = 0;
  const countedTokens = (length: number): Int32Array =>
    new Proxy(
      Int32Array.from({ length }, (_, i) => (i * i) % 1009),
      {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      },
    );
  index.add(countedTokens(5000), 5000);
  reads = 0;
  for (let length = 5001; length <= 5100; length++) index.add(countedTokens(length), length);
  expect(reads).toBeLessThan(100 * 100);
});
