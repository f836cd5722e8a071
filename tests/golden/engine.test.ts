// Compares the greedy tokens of the engine with those of transformers for each fixture and cache policy, and checks the
// number of computed tokens.

import { describe, expect, it } from 'vitest';
import { omitUndefined } from '../../src/base/omit-undefined.ts';
import type { BackendName } from '../../src/engine/node/choose-backend.ts';
import { loadEngine } from '../../src/index.ts';
import { instructionSets, nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { CLEAR_MARGIN, fixtures, type GoldenGreedy } from './golden-file.ts';

const POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
// Fixtures that the native backend can compare with transformers: it quantizes the activations that it multiplies with
// quantized weights, which transformers and the reference backend do not.
const COMPARABLE_ON_NATIVE = /-(f16|bf16)\.gguf$|^[^.]+$/;
// On avx512bf16 the native backend rounds activations to bf16, so equal tokens need a larger margin.
const NATIVE_MARGIN = instructionSets()[0] === 'avx512bf16' ? 0.1 : CLEAR_MARGIN;
const marginOf = (backend: BackendName): number => (backend === 'native' ? NATIVE_MARGIN : CLEAR_MARGIN);
const backendsOf = (name: string): readonly BackendName[] =>
  COMPARABLE_ON_NATIVE.test(name) && nativeUnavailable() === undefined
    ? ['reference', 'native']
    : ['reference'];

const CASES = fixtures().flatMap((fixture) =>
  backendsOf(fixture.name).map((backend) => ({ ...fixture, backend })),
);

describe.each(CASES)('$name on $backend', ({ model, golden, backend }) => {
  // One thread, because other test files run at the same time.
  const loadWith = (cache: CachePolicy) =>
    loadEngine({
      model,
      backend,
      cache,
      stepTokens: 8,
      ...(backend === 'native' && { threads: 1 }),
      ...omitUndefined({ context: golden.contextLength }),
    });

  it.each(POLICIES)('gives the greedy tokens of transformers with cache: %s', async (cache) => {
    await using engine = await loadWith(cache);
    const cases = casesWithClearMargins(golden.greedy, backend);
    // Only one case without a cache on the slow reference backend, because each step computes the whole text again.
    // logits.test.ts compares its logits without a cache.
    for (const { prompt, tokens } of cache === 'none' && backend === 'reference'
      ? cases.slice(0, 1)
      : cases) {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      const result = await engine.generate(request).result;
      expect(result.tokens).toEqual(tokens);
      expect(result.finishReason).toBe('length');
      const lengths = tokens.map((_, i) => prompt.length + i);
      const computedWithoutCache = lengths.reduce((sum, length) => sum + length, 0);
      const expected = cache === 'none' ? computedWithoutCache : prompt.length + tokens.length - 1;
      expect(result.computedTokens + (cache === 'none' ? 0 : result.cachedTokens)).toBe(expected);
    }
  });

  it('gives the greedy tokens of transformers for concurrent requests', async () => {
    await using engine = await loadWith('paged');
    const answers = casesWithClearMargins(golden.greedy, backend).map(async ({ prompt, tokens }) => {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      expect((await engine.generate(request).result).tokens).toEqual(tokens);
    });
    await Promise.all(answers);
  });
});

/** Truncates each case before the first token with a small margin: from there the tokens may differ by rounding. */
function casesWithClearMargins(
  greedy: readonly GoldenGreedy[],
  backend: BackendName,
): Pick<GoldenGreedy, 'prompt' | 'tokens'>[] {
  const cases = greedy.map(({ prompt, tokens, margins }) => {
    const firstUnclear = margins.findIndex((margin) => margin < marginOf(backend));
    return { prompt, tokens: firstUnclear < 0 ? tokens : tokens.slice(0, firstUnclear) };
  });
  return cases.filter(({ tokens }) => tokens.length > 0);
}
