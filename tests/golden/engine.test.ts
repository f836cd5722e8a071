// The library's engine on the fixtures: the greedy tokens of transformers with each cache policy, and an
// honest count of what was computed.

import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../../src/base/completer.ts';
import { loadEngine } from '../../src/index.ts';
import { fixtures } from './golden-file.ts';

const POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];

describe.each(fixtures())('$name', ({ model, golden }) => {
  it.each(POLICIES)('gives the greedy tokens of transformers with cache %s', async (cache) => {
    await using engine = await loadEngine({ model, cache, stepTokens: 8 });
    for (const { prompt, tokens } of golden.greedy) {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      const result = await engine.generate(request).result;
      expect(result.tokens).toEqual(tokens);
      expect(result.finishReason).toBe('length');
      const lengths = tokens.map((_, i) => prompt.length + i);
      const withNone = lengths.reduce((sum, length) => sum + length, 0);
      const expected = cache === 'none' ? withNone : prompt.length + tokens.length - 1;
      expect(result.computedTokens + (cache === 'none' ? 0 : result.cachedTokens)).toBe(expected);
    }
  });

  it('gives the same to requests that run together', async () => {
    await using engine = await loadEngine({ model, stepTokens: 8 });
    const answers = golden.greedy.map(async ({ prompt, tokens }) => {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      expect((await engine.generate(request).result).tokens).toEqual(tokens);
    });
    await Promise.all(answers);
  });
});
