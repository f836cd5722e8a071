// The library's engine on the fixtures: the greedy tokens of transformers with each cache policy, and the number of
// computed tokens.

import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/engine/node/choose-backend.ts';
import { loadEngine } from '../../src/index.ts';
import { instructionSets, nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { CLEAR_MARGIN, fixtures, type GoldenGreedy } from './golden-file.ts';

const POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
// The reference keeps activations as transformers does; the native backend quantizes them before quantized weights.
const EXACT_ON_NATIVE = /-(f16|bf16)\.gguf$|^[^.]+$/;
// Where the processor multiplies bf16, activations are rounded to bf16, and choices need a larger margin.
const ROUNDED_MARGIN = instructionSets()[0] === 'avx512bf16' ? 0.1 : CLEAR_MARGIN;
const marginOf = (backend: BackendName): number => (backend === 'native' ? ROUNDED_MARGIN : CLEAR_MARGIN);
const backendsOf = (name: string): readonly BackendName[] =>
  EXACT_ON_NATIVE.test(name) && nativeUnavailable() === undefined ? ['reference', 'native'] : ['reference'];

const CASES = fixtures().flatMap((fixture) =>
  backendsOf(fixture.name).map((backend) => ({ ...fixture, backend })),
);

describe.each(CASES)('$name on $backend', ({ model, golden, backend }) => {
  // One thread, because another test file runs at the same time.
  const load = (cache: CachePolicy) =>
    loadEngine({ model, backend, cache, stepTokens: 8, ...(backend === 'native' && { threads: 1 }) });

  it.each(POLICIES)('gives the greedy tokens of transformers with cache %s', async (cache) => {
    await using engine = await load(cache);
    const parts = clearParts(golden.greedy, backend);
    // Without a cache each token computes the whole text; logits.test.ts compares the bits of the slow backend.
    for (const { prompt, tokens } of cache === 'none' && backend === 'reference'
      ? parts.slice(0, 1)
      : parts) {
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

  it('gives the greedy tokens of transformers to requests that run at the same time', async () => {
    await using engine = await load('paged');
    const answers = clearParts(golden.greedy, backend).map(async ({ prompt, tokens }) => {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      expect((await engine.generate(request).result).tokens).toEqual(tokens);
    });
    await Promise.all(answers);
  });
});

/** Returns the tokens before the first choice with a small margin: after it the texts may differ. */
function clearParts(
  greedy: readonly GoldenGreedy[],
  backend: BackendName,
): Pick<GoldenGreedy, 'prompt' | 'tokens'>[] {
  const parts = greedy.map(({ prompt, tokens, margins }) => {
    const doubtful = margins.findIndex((margin) => margin < marginOf(backend));
    return { prompt, tokens: doubtful < 0 ? tokens : tokens.slice(0, doubtful) };
  });
  return parts.filter(({ tokens }) => tokens.length > 0);
}
