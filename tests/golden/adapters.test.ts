// Compares adapters with PEFT (unmerged), for which tools/golden/make_adapters.py wrote the expected values, and checks that bits
// depend neither on other adapters in the batch nor on the cache.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { omitUndefined } from '../../src/base/omit-undefined.ts';
import type { StepResult } from '../../src/base/step/step-plan.ts';
import { createConversation } from '../../src/chat/conversation.ts';
import { AdaptedCompleter } from '../../src/completion/adapters.ts';
import type { GenerationResult } from '../../src/completion/generation.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type LoadEngineOptions, loadEngine } from '../../src/engine/node/load-engine.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { CACHE_POLICIES } from '../../src/kv/cache-policy.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { fixture } from '../support/fixtures.ts';

interface Golden {
  readonly prompts: readonly { readonly tokens: readonly number[]; readonly logits: readonly number[] }[];
  readonly greedy: {
    readonly prompt: readonly number[];
    readonly tokens: readonly number[];
    readonly minMargin: number;
  };
}

const FOLDER = fixture('adapters');
const goldenOf = (name: string): Readonly<Record<string, Golden>> =>
  JSON.parse(readFileSync(join(FOLDER, name, 'golden.json'), 'utf8'));

/** Loads an engine that records the logits of the last row of each step. */
async function load(options: LoadEngineOptions): Promise<{ engine: Engine; logits: () => Float32Array }> {
  let last: StepResult | undefined;
  const engine = await loadEngine({ ...options, onStep: (_plan, result) => (last = result) });
  return { engine, logits: () => last!.logits! };
}

// A PEFT adapter for a GGUF whose converter permuted the rows of Q and K, and an adapter in a GGUF for both.
const CASES = [
  ...['plain', 'rslora', 'patterns', 'one'].map((name) => [name, name, 'tiny-qwen2'] as const),
  ['llama', 'llama', 'tiny-llama'],
  ['llama', 'llama', 'tiny-llama-f16.gguf'],
  ['llama', 'llama/adapter.gguf', 'tiny-llama'],
  ['llama', 'llama/adapter.gguf', 'tiny-llama-f16.gguf'],
  ['llama', 'llama/adapter_model.safetensors', 'tiny-llama'],
  ['gpt2', 'gpt2', 'tiny-gpt2'],
] as const;

describe.each(CASES)('the adapter %s (%s) on %s', (name, path, model) => {
  const golden = goldenOf(name)[model]!;

  it('has the logits of PEFT within 1e-4 on the reference backend', async () => {
    const { engine, logits } = await load({
      model: fixture(model),
      backend: reference({ activations: 'float' }),
      adapters: { tuned: join(FOLDER, path) },
    });
    for (const { tokens, logits: expected } of golden.prompts) {
      await engine.generate({ tokens, adapter: 'tuned', maxTokens: 1, temperature: 0 }).result;
      const differences = expected.map((value, i) => Math.abs(value - logits()[i]!));
      expect(Math.max(...differences)).toBeLessThan(1e-4);
    }
    await engine.dispose();
  });

  it.each(COMPILED_SETS)('has the greedy tokens of PEFT on %s', async (instructionSet) => {
    const backend = compiled({ instructionSet, threads: 2 });
    const adapters = { tuned: join(FOLDER, path) };
    await using engine = await loadEngine({ model: fixture(model), backend, kvDtype: 'f32', adapters });
    const { prompt, tokens } = golden.greedy;
    const request = {
      tokens: prompt,
      maxTokens: tokens.length,
      temperature: 0,
      repetitionPenalty: 1,
    } as const;
    const result = await engine.generate({ ...request, adapter: 'tuned' }).result;
    expect(result.tokens).toEqual(tokens);
    expect((await engine.generate(request).result).tokens).not.toEqual(tokens);
  });
});

const ADAPTERS = { plain: 'plain', rslora: 'rslora', patterns: 'patterns' };
const adapterPaths = Object.fromEntries(
  Object.entries(ADAPTERS).map(([name, path]) => [name, join(FOLDER, path)]),
);
const WHOLE_ANSWER = { maxTokens: 24, temperature: 0, logprobs: 3 } as const;

describe.each(['reference', ...COMPILED_SETS])('adapters on %s', (name) => {
  const backend = name === 'reference' ? reference() : compiled({ instructionSet: name, threads: 2 });
  const loadModel = (options: LoadEngineOptions = {}) =>
    loadEngine({ model: fixture('tiny-qwen2'), backend, adapters: adapterPaths, ...options });

  // Prompts of different lengths are computed in the same steps as the answers to others.
  const requests = Array.from({ length: 8 }, (_, i) => ({
    ...WHOLE_ANSWER,
    tokens: Array.from({ length: 3 + 7 * i }, (_token, t) => 4 + ((31 * i + 17 * t) % 370)),
    ...(i % 4 === 3 ? {} : { adapter: Object.keys(ADAPTERS)[i % 4]! }),
  }));

  it.each(CACHE_POLICIES)(
    'give the same bits alone and in a batch of 8 sequences, with cache: %s',
    async (cache) => {
      const alone: GenerationResult[] = [];
      for (const request of requests) {
        await using engine = await loadModel({ cache });
        alone.push(await engine.generate(request).result);
      }
      await using engine = await loadModel({ cache, stepTokens: 24 });
      const together = await Promise.all(requests.map((request) => engine.generate(request).result));
      for (const [i, result] of together.entries()) {
        expect(result.tokens).toEqual(alone[i]!.tokens);
        expect(result.logprobs).toEqual(alone[i]!.logprobs);
      }
      expect(new Set(together.map(({ tokens }) => tokens.join())).size).toBe(requests.length);
    },
  );
});

describe('the cache', () => {
  const tokens = Array.from({ length: 40 }, (_, t) => 4 + ((17 * t) % 370));
  const cachedTokens = async (engine: Engine, adapter?: string, cacheSalt?: string): Promise<number> => {
    const request = { ...WHOLE_ANSWER, tokens, ...omitUndefined({ adapter, cacheSalt }) };
    return (await engine.generate(request).result).cachedTokens;
  };

  it('is not shared by the model and its adapters, and is found again after an adapter was unloaded and loaded', async () => {
    await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
    expect(await cachedTokens(engine)).toBe(0);
    expect(await cachedTokens(engine, 'plain')).toBe(0);
    expect(await cachedTokens(engine, 'rslora')).toBe(0);
    expect(await cachedTokens(engine, 'plain')).toBe(39);
    expect(await cachedTokens(engine)).toBe(39);
    await engine.unloadAdapter('plain');
    await engine.loadAdapter('other name', adapterPaths.plain!).catch(() => {}); // not a valid name
    await engine.loadAdapter('renamed', adapterPaths.plain!);
    expect(await cachedTokens(engine, 'renamed')).toBe(39);
    expect(await cachedTokens(engine, 'renamed', 'a salt')).toBe(0);
  });

  it('is not found by a request without adapter whose salt imitates that of an adapter', async () => {
    await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
    await engine.generate({ ...WHOLE_ANSWER, tokens, adapter: 'plain' }).result;
    const { hash } = engine.adapters[0]!;
    for (const salt of [`\0adapter ${hash} `, `\0\0adapter ${hash} `])
      expect(await cachedTokens(engine, undefined, salt)).toBe(0);
  });
});

it('an adapter can be unloaded while requests use it, and its slot is used again afterwards', async () => {
  await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
  const request = { ...WHOLE_ANSWER, maxTokens: 60, tokens: [9, 8, 7] } as const;
  const expected = await engine.generate({ ...request, adapter: 'plain', cacheSalt: 'first' }).result;
  const running = engine.generate({ ...request, adapter: 'plain' });
  await running.accepted;
  await engine.unloadAdapter('plain');
  await expect(engine.generate({ ...request, adapter: 'plain' }).result).rejects.toMatchObject({
    code: 'adapter_not_found',
  });
  await engine.loadAdapter('plain', adapterPaths.rslora!);
  const other = await engine.generate({ ...request, adapter: 'plain' }).result;
  expect((await running.result).tokens).toEqual(expected.tokens);
  const alone = await engine.generate({ ...request, adapter: 'rslora' }).result;
  expect(other.tokens).toEqual(alone.tokens);
  for (let i = 0; i < 20; i++) {
    await engine.loadAdapter('more', adapterPaths.patterns!);
    await engine.unloadAdapter('more');
  }
  expect(engine.adapters.map(({ name, rank, layers }) => [name, rank, layers])).toEqual([
    ['rslora', 8, 4],
    ['patterns', 6, 14],
    ['plain', 8, 4],
  ]);
});

it('a fork has the adapter of its parent, even after the adapter was unloaded', async () => {
  await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
  const request = { ...WHOLE_ANSWER, maxTokens: 40, tokens: [9, 8, 7], adapter: 'plain' } as const;
  const parent = engine.generate(request);
  await parent.accepted;
  await engine.unloadAdapter('plain');
  const fork = engine.fork(parent, { temperature: 0 });
  expect((await fork.result).tokens).toEqual((await parent.result).tokens);
});

it.each([
  ['a name with a colon', 'a:b', 'plain', 'bad_option'],
  ['a name that is used', 'plain', 'plain', 'adapter_exists'],
  ['a path without a file', 'x', 'none', 'file_not_found'],
  ['an adapter for another model', 'x', 'llama', 'bad_adapter'],
  ['a GGUF for another architecture', 'x', 'llama/adapter.gguf', 'bad_adapter'],
  ['a model', 'x', '../tiny-qwen2-f16.gguf', 'bad_adapter'],
  ['a folder without an adapter', 'x', '../tiny-qwen2', 'bad_adapter'],
])('%s cannot be loaded', async (_, name, path, code) => {
  await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
  await expect(engine.loadAdapter(name, join(FOLDER, path))).rejects.toMatchObject({ code });
  expect(engine.adapters).toHaveLength(3);
});

it('a conversation with an adapter rejects turns with another one', async () => {
  await using engine = await loadEngine({ model: fixture('tiny-qwen2'), adapters: adapterPaths });
  const conversation = createConversation(new AdaptedCompleter(engine, 'plain'));
  const send = (adapter: string) => conversation.send('hello', { adapter, maxTokens: 2 }).result;
  await expect(send('rslora')).rejects.toMatchObject({ code: 'bad_option' });
  expect((await send('plain')).generatedTokens).toBe(2);
});
