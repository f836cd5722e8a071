// The library's engine on the fixtures: the greedy tokens of transformers with each cache policy, and an
// honest count of what was computed.

import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../src/engine/node/choose-backend.ts';
import { loadEngine } from '../../src/index.ts';
import { instructionSets, nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { CLEAR_MARGIN, fixtures, type GoldenGreedy } from './golden-file.ts';

const POLICIES: readonly CachePolicy[] = ['none', 'contiguous', 'paged'];
// The reference keeps activations as transformers does; the native backend quantizes them before quantized weights.
const EXACT_ON_NATIVE = /-(f16|bf16)\.gguf$|^[^.]+$/;
// Where the processor multiplies bf16, activations are rounded to it, and choices must be clearer.
const ROUNDED_MARGIN = instructionSets()[0] === 'avx512bf16' ? 0.1 : CLEAR_MARGIN;
const marginOf = (backend: BackendName): number => (backend === 'native' ? ROUNDED_MARGIN : CLEAR_MARGIN);
const backendsOf = (name: string): readonly BackendName[] =>
  EXACT_ON_NATIVE.test(name) && nativeUnavailable() === undefined ? ['reference', 'native'] : ['reference'];

const CASES = fixtures().flatMap((fixture) =>
  backendsOf(fixture.name).map((backend) => ({ ...fixture, backend })),
);

describe.each(CASES)('$name on $backend', ({ model, golden, backend }) => {
  // One thread: another test runs beside this one.
  const load = (cache: CachePolicy) =>
    loadEngine({ model, backend, cache, stepTokens: 8, ...(backend === 'native' && { threads: 1 }) });

  it.each(POLICIES)('gives the greedy tokens of transformers with cache %s', async (cache) => {
    await using engine = await load(cache);
    const parts = clearParts(golden.greedy, backend);
    // Each token without a cache costs the whole text, and the slow backend has its bits compared in logits.test.ts.
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

  it('gives the same to requests that run together', async () => {
    await using engine = await load('paged');
    const answers = clearParts(golden.greedy, backend).map(async ({ prompt, tokens }) => {
      const request = { tokens: prompt, temperature: 0, repetitionPenalty: 1, maxTokens: tokens.length };
      expect((await engine.generate(request).result).tokens).toEqual(tokens);
    });
    await Promise.all(answers);
  });
});

/** As far as every choice is clear: after a doubtful one the texts may differ. */
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
