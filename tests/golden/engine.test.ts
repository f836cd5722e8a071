// The library's engine on the fixtures: the greedy tokens of transformers with each cache policy, and an
// honest count of what was computed.

import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../../src/base/completer.ts';
import { loadEngine } from '../../src/index.ts';
import type { BackendName } from '../../src/kernels/backend.ts';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import { CLEAR_MARGIN, fixtures, type GoldenGreedy } from './golden-file.ts';

const POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
// The reference keeps activations as transformers does; the native backend quantizes them before quantized weights.
const EXACT_ON_NATIVE = /-(f16|bf16)\.gguf$|^[^.]+$/;
const backendsOf = (name: string): readonly BackendName[] =>
  EXACT_ON_NATIVE.test(name) && nativeUnavailable() === undefined ? ['reference', 'native'] : ['reference'];

const CASES = fixtures().flatMap((fixture) =>
  backendsOf(fixture.name).map((backend) => ({ ...fixture, backend })),
);

describe.each(CASES)('$name on $backend', ({ model, golden, backend }) => {
  it.each(POLICIES)('gives the greedy tokens of transformers with cache %s', async (cache) => {
    await using engine = await loadEngine({ model, backend, cache, stepTokens: 8 });
    for (const { prompt, tokens } of golden.greedy.map(clearPart)) {
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
    await using engine = await loadEngine({ model, backend, stepTokens: 8 });
    const answers = golden.greedy.map(clearPart).map(async ({ prompt, tokens }) => {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      expect((await engine.generate(request).result).tokens).toEqual(tokens);
    });
    await Promise.all(answers);
  });
});

/** As far as every choice is clear: after a doubtful one the texts may differ. */
function clearPart({ prompt, tokens, margins }: GoldenGreedy): Pick<GoldenGreedy, 'prompt' | 'tokens'> {
  const doubtful = margins.findIndex((margin) => margin < CLEAR_MARGIN);
  return { prompt, tokens: doubtful < 0 ? tokens : tokens.slice(0, doubtful) };
}
