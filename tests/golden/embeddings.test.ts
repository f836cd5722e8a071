// Compares embeddings with transformers, for which tools/golden/make_embeddings.py wrote the expected vectors, and checks that their
// bits depend neither on the other requests nor on the cache.

import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadEngineOptions, loadEngine } from '../../src/engine/node/load-engine.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { CACHE_POLICIES } from '../../src/kv/cache-policy.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { fixture } from '../support/fixtures.ts';

interface Entry {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly last: readonly number[];
  readonly mean: readonly number[];
}

const FOLDER = fixture('embeddings');
const GOLDEN: readonly Entry[] = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8'));
const MODELS = ['tiny-qwen3-embedding', 'tiny-qwen3-embedding-f16.gguf'].map((name) => join(FOLDER, name));
// transformers encodes special strings in a text as tokens; Quire encodes them as text
const PLAIN = GOLDEN.filter(({ text }) => !text.includes('<|'));

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe.each(MODELS)('%s', (model) => {
  it.each(['last', 'mean'] as const)('has the vectors of transformers with pooling: %s', async (pooling) => {
    const backend = reference({ activations: 'float' });
    // The files name the pooling `last`.
    await using engine = await loadEngine({ model, backend, ...(pooling === 'mean' ? { pooling } : {}) });
    expect(engine.embedding).toMatchObject({ pooling, normalize: true, dimensions: 32, shortens: true });
    const { vectors, promptTokens } = await engine.embed(PLAIN.map(({ text }) => text));
    expect(promptTokens).toBe(PLAIN.reduce((sum, { tokens }) => sum + tokens.length, 0));
    const ofTokens = await engine.embed(GOLDEN.map(({ tokens }) => tokens));
    expect(ofTokens.vectors).toHaveLength(GOLDEN.length);
    for (const [entries, found] of [[PLAIN, vectors] as const, [GOLDEN, ofTokens.vectors] as const])
      for (const [i, entry] of entries.entries()) {
        expect(1 - cosine(found[i]!, entry[pooling])).toBeLessThan(1e-5);
        expect(Math.max(...entry[pooling].map((x, e) => Math.abs(x - found[i]![e]!)))).toBeLessThan(1e-4);
      }
  });

  it.each(COMPILED_SETS)('has the vectors of transformers on %s', async (instructionSet) => {
    const backend = compiled({ instructionSet, threads: 2 });
    for (const pooling of ['last', 'mean'] as const) {
      await using engine = await loadEngine({ model, backend, kvDtype: 'f32', pooling });
      const { vectors } = await engine.embed(PLAIN.map(({ text }) => text));
      for (const [i, entry] of PLAIN.entries())
        expect(1 - cosine(vectors[i]!, entry[pooling])).toBeLessThan(1e-4);
    }
  });
});

const MODEL = MODELS[1]!;
const TEXTS = PLAIN.map(({ text }) => text);
const bitsOf = (vectors: readonly Float32Array[]): readonly string[] =>
  vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('hex'));

describe.each(['reference', ...COMPILED_SETS])('the bits of vectors on %s', (instructionSet) => {
  const load = (options: Partial<LoadEngineOptions>) =>
    loadEngine({
      model: MODEL,
      backend: instructionSet === 'reference' ? reference() : compiled({ instructionSet, threads: 2 }),
      ...options,
    });

  describe.each(['last', 'mean'] as const)('with pooling %s', (pooling) => {
    let alone: readonly string[];
    beforeAll(async () => {
      await using engine = await load({ pooling, cache: 'none', maxRunning: 1 });
      const vectors: Float32Array[] = [];
      for (const text of TEXTS) vectors.push((await engine.embed(text)).vectors[0]!);
      alone = bitsOf(vectors);
    });

    it.each(
      CACHE_POLICIES.flatMap((cache) => [3, 256].map((stepTokens) => ({ cache, stepTokens, maxRunning: 3 }))),
    )('are the same alone and in batches: %j', async (options) => {
      await using engine = await load({ pooling, ...options });
      const [first, second] = await Promise.all([engine.embed(TEXTS), engine.embed([...TEXTS].reverse())]);
      expect(bitsOf(first.vectors)).toEqual(alone);
      expect(bitsOf(second.vectors)).toEqual([...alone].reverse());
      const again = await engine.embed(TEXTS);
      expect(bitsOf(again.vectors)).toEqual(alone);
      expect(again.cachedTokens > 0).toBe(pooling === 'last' && options.cache !== 'none');
    });

    it('are the same beside generations, whose tokens do not change', async () => {
      await using engine = await load({ pooling, maxRunning: 4 });
      const generate = () =>
        Promise.all(
          ['one', 'two'].map((prompt) => engine.generate({ prompt, maxTokens: 24, temperature: 0 }).result),
        );
      const before = await generate();
      const [{ vectors }, beside] = await Promise.all([engine.embed(TEXTS), generate()]);
      expect(bitsOf(vectors)).toEqual(alone);
      expect(beside.map(({ tokens }) => tokens)).toEqual(before.map(({ tokens }) => tokens));
      await using other = await loadEngine({ model: MODEL, backend: reference(), cache: 'none' });
      if (instructionSet === 'reference')
        expect(
          (await other.generate({ prompt: 'one', maxTokens: 24, temperature: 0 }).result).tokens,
        ).toEqual(before[0]!.tokens);
    });

    it('are the same if sequences are preempted', async () => {
      const bytesPerBlock = 16 * 2 * 3 * 2 * 16 * 4; // tokens, keys and values, layers, heads, head size, f32
      const memory = { kvDtype: 'f32', blockSize: 16, context: 96, stepTokens: 5 } as const;
      await using reference = await load({ pooling, ...memory, maxRunning: 1 });
      const expected = bitsOf((await reference.embed(TEXTS)).vectors);
      await using engine = await load({
        pooling,
        ...memory,
        maxRunning: 8,
        kvMemory: 8 * bytesPerBlock,
      });
      const stories = Array.from({ length: 3 }, (_, i) =>
        engine.generate({ prompt: `story ${i}`, maxTokens: 40, temperature: 0 }),
      );
      const { vectors } = await engine.embed(TEXTS);
      await Promise.all(stories.map(({ result }) => result));
      expect(bitsOf(vectors)).toEqual(expected);
    });
  });
});

describe('the cache', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quire-embeddings-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('finds tokens on disk, with the same bits', async () => {
    const text = 'The highest mountain in the world is the one that the others are measured by.';
    const options = {
      model: MODEL,
      backend: reference(),
      kvDisk: 64 * 2 ** 20,
      kvDiskFolder: folder,
    } as const;
    const results = [];
    for (let run = 0; run < 2; run++) {
      await using engine = await loadEngine(options);
      results.push(await engine.embed(text));
    }
    expect(results[0]!.cachedTokens).toBe(0);
    expect(results[1]!.cachedTokens).toBeGreaterThan(0);
    expect(bitsOf(results[1]!.vectors)).toEqual(bitsOf(results[0]!.vectors));
  });

  it('separates salts and adapters', async () => {
    const adapters = { tuned: fixture('adapters/plain') };
    const model = fixture('tiny-qwen2');
    await using engine = await loadEngine({ model, backend: reference(), pooling: 'last', adapters });
    const text = 'A cache keeps the keys and the values of the tokens that were computed before.';
    const plain = await engine.embed(text);
    const adapted = await engine.embed(text, { adapter: 'tuned' });
    const salted = await engine.embed(text, { cacheSalt: 'a' });
    expect([adapted, salted].map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0]);
    expect(bitsOf(adapted.vectors)).not.toEqual(bitsOf(plain.vectors));
    expect(bitsOf(salted.vectors)).toEqual(bitsOf(plain.vectors));
    const again = await engine.embed(text, { adapter: 'tuned' });
    expect(again.cachedTokens).toBeGreaterThan(0);
    expect(bitsOf(again.vectors)).toEqual(bitsOf(adapted.vectors));
  });
});

describe('embed', () => {
  const load = (options: Partial<LoadEngineOptions> = {}) =>
    loadEngine({ model: MODEL, backend: reference(), ...options });

  it('returns the first elements, scaled to the length 1', async () => {
    await using engine = await load();
    const [whole, short] = await Promise.all([
      engine.embed('hello'),
      engine.embed('hello', { dimensions: 8 }),
    ]);
    const [vector, first] = [short.vectors[0]!, whole.vectors[0]!.subarray(0, 8)];
    expect(vector).toHaveLength(8);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(1 - cosine(vector, first)).toBeLessThan(1e-12);
  });

  it('rejects bad input with the option or the text that is wrong', async () => {
    await using engine = await load({ context: 32 });
    const cases: readonly [unknown, object, string, RegExp][] = [
      ['', {}, 'empty_prompt', /text 0 is empty/],
      [['a', ''], {}, 'empty_prompt', /text 1 is empty/],
      [[], {}, 'bad_option', /empty list/],
      [undefined, {}, 'bad_option', /undefined/],
      [[{}], {}, 'bad_option', /text 0 is an object/],
      [[1, 'a'], {}, 'bad_option', /text 0 is a number/],
      [[384], {}, 'bad_token', /384/],
      [[[-1]], {}, 'bad_token', /-1/],
      [
        ['a', 'word '.repeat(100)],
        {},
        'context_length_exceeded',
        /text 1 has at least 32 tokens.*at most 31/,
      ],
      [new Array(32).fill(5), {}, 'context_length_exceeded', /text 0/],
      ['a', { dimensions: 33 }, 'bad_option', /dimensions/],
      ['a', { dimensions: 0 }, 'bad_option', /dimensions/],
      ['a', { adapter: 'x' }, 'adapter_not_found', /x/],
      ['a', { truncate: true }, 'unknown_option', /truncate/],
    ];
    for (const [input, options, code, message] of cases)
      await expect(engine.embed(input as string, options), String(message)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    expect((await engine.embed(new Array(31).fill(5))).vectors).toHaveLength(1);
    expect(engine.counters).toMatchObject({ running: 0, waiting: 0 });
  });

  it('stops when it is cancelled, and leaves nothing behind', async () => {
    await using engine = await load({ maxRunning: 2 });
    const controller = new AbortController();
    const embedding = engine.embed(TEXTS, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(embedding).rejects.toThrow('enough');
    await expect(engine.embed('a', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
    await engine.embed('a');
    expect(engine.counters).toMatchObject({ running: 0, waiting: 0 });
  });

  it('adds one listener to a signal and keeps none', async () => {
    await using engine = await load({ maxRunning: 32 });
    const { signal } = new AbortController();
    const embedding = engine.embed([...TEXTS, ...TEXTS], { signal });
    let most = 0;
    const stop = engine.observe({
      onEmbedding: () => {
        most = Math.max(most, getEventListeners(signal, 'abort').length);
      },
    });
    await embedding;
    stop();
    expect(most).toBe(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('computes all texts with the adapter that it began with, even if another one takes its name', async () => {
    const [plain, other] = [fixture('adapters/plain'), fixture('adapters/rslora')];
    const model = fixture('tiny-qwen2');
    await using engine = await load({ model, pooling: 'last', maxRunning: 1, adapters: { tuned: plain } });
    const options = { adapter: 'tuned', cacheSalt: 'a' };
    const expected = bitsOf((await engine.embed(TEXTS, { ...options, cacheSalt: 'b' })).vectors);
    const embedding = engine.embed(TEXTS, options);
    embedding.catch(() => {});
    await engine.unloadAdapter('tuned');
    await engine.loadAdapter('tuned', other);
    expect(bitsOf((await embedding).vectors)).toEqual(expected);
    expect(bitsOf((await engine.embed(TEXTS, options)).vectors)).not.toEqual(expected);
  });

  it('computes the texts that were given, even if the caller changes its lists', async () => {
    await using engine = await load({ maxRunning: 2 });
    const tokens = [5, 6, 7];
    const list: (string | number[])[] = ['a', 'b', tokens];
    const expected = bitsOf((await engine.embed(list)).vectors);
    const embedding = engine.embed(list);
    tokens.length = 0;
    list.length = 0;
    expect(bitsOf((await embedding).vectors)).toEqual(expected);
  });

  it('names the pooling that is not supported if the model has no output head', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quire-pooling-'));
    try {
      await cp(MODELS[0]!, folder, { recursive: true });
      for (const [config, reason] of [
        [{ pooling_mode_cls_token: true }, 'its pooling is cls'],
        [{ pooling_mode: 'constructor' }, 'its pooling is constructor'],
        [{}, 'its pooling is not stated'],
      ] as const) {
        await writeFile(join(folder, '1_Pooling/config.json'), JSON.stringify(config));
        await expect(load({ model: folder })).rejects.toMatchObject({
          code: 'unsupported_config',
          message: expect.stringMatching(new RegExp(`no output head.*${reason}$`)),
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('computes nothing if one of the texts is too long, and tells the number of tokens before it computes', async () => {
    const computed: number[] = [];
    await using engine = await load({ context: 32, onStep: ({ tokens }) => computed.push(tokens.length) });
    const long = 'word '.repeat(40);
    await expect(engine.embed([...TEXTS.slice(0, 2), long])).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
    expect(computed).toEqual([]);
    const promised: number[] = [];
    const onPrompt = (tokens: number) => promised.push(tokens, computed.length);
    const { promptTokens } = await engine.embed(['a', 'b'], { onPrompt });
    expect(promised).toEqual([promptTokens, 0]);
  });

  it('leaves half of the sequences to other requests, however many calls there are', async () => {
    await using engine = await load({ maxRunning: 4, stepTokens: 8 });
    const running: number[] = [];
    const stop = setInterval(() => running.push(engine.counters.running + engine.counters.waiting), 1);
    const calls = await Promise.all(Array.from({ length: 40 }, () => engine.embed(TEXTS)));
    clearInterval(stop);
    expect(Math.max(...running)).toBeLessThanOrEqual(2);
    for (const { vectors } of calls) expect(bitsOf(vectors)).toEqual(bitsOf(calls[0]!.vectors));
  });

  it('fails with the error of dispose', async () => {
    const engine = await load({ maxRunning: 2 });
    const embedding = engine.embed(TEXTS);
    embedding.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.dispose();
    await expect(embedding).rejects.toMatchObject({ code: 'disposed' });
  });

  it('rejects a chat model without pooling, and computes with the option', async () => {
    await using chat = await load({ model: fixture('tiny-qwen3') });
    expect(chat.embedding).toBeUndefined();
    await expect(chat.embed('a')).rejects.toMatchObject({
      code: 'no_pooling',
      hint: expect.stringContaining('--pooling'),
    });
    await using asked = await load({ model: fixture('tiny-qwen3'), pooling: 'mean' });
    expect((await asked.embed(['a', 'b'])).vectors).toHaveLength(2);
    await expect(asked.embed('a', { dimensions: 8 })).rejects.toMatchObject({ code: 'bad_option' });
    await expect(load({ pooling: 'max' as 'mean' })).rejects.toMatchObject({ code: 'bad_option' });
  });

  it('is all that a model without output head computes', async () => {
    await using engine = await load({ model: MODELS[0]! });
    await expect(engine.generate({ prompt: 'a' }).result).rejects.toMatchObject({ code: 'not_supported' });
    expect((await engine.embed('a')).vectors).toHaveLength(1);
  });
});
