// What requests of an engine share: forks, parallel samples, salts, drafts and the queue. Also that requests cancelled at any
// moment leak nothing.

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { EventKind } from '../../src/completion/cache-event.ts';
import type { Engine, EngineOptions } from '../../src/index.ts';
import { createConversation, loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { heapBytes } from '../support/heap.ts';
import { randomInteger, randomNumbers } from '../support/random.ts';

const MODEL = fixture('tiny-llama');
const load = (options: EngineOptions = {}): Promise<Engine> => loadEngine({ model: MODEL, ...options });
const prompt = Array.from({ length: 40 }, (_, i) => (i * 7) % 300);
const drawn = { temperature: 0.9, seed: 5, repetitionPenalty: 1, maxTokens: 12 };

describe('parallel samples', () => {
  it('compute the prompt once and have different answers', async () => {
    await using engine = await load();
    const streams = engine.generateChoices({ tokens: prompt, ...drawn }, 4);
    const results = await Promise.all(streams.map(({ result }) => result));
    expect(new Set(results.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(1);
    const [first, ...others] = results;
    expect(first!.computedTokens).toBe(40 + first!.generatedTokens - 1);
    for (const { computedTokens, generatedTokens, cachedTokens } of others) {
      expect([computedTokens, cachedTokens]).toEqual([generatedTokens - 1, 40]);
    }
    const alone = await engine.generate({ tokens: prompt, ...drawn }).result;
    expect(first!.tokens).toEqual(alone.tokens);
  });

  it('beyond maxRunning have the same tokens', async () => {
    await using wide = await load();
    await using narrow = await load({ maxRunning: 2 });
    const run = async (engine: Engine): Promise<unknown> =>
      Promise.all(
        engine
          .generateChoices({ tokens: prompt, ...drawn }, 7)
          .map(async ({ result }) => (await result).tokens),
      );
    expect(await run(narrow)).toEqual(await run(wide));
  });

  it('share a random seed, and a fork of one differs from all of them', async () => {
    await using engine = await load();
    const streams = engine.generateChoices(
      { tokens: prompt, temperature: 0.9, minTokens: 60, maxTokens: 60 },
      3,
    );
    for (let pieces = 0; pieces < 2; pieces++) await streams[1]![Symbol.asyncIterator]().next();
    const fork = engine.fork(streams[1]!);
    const results = await Promise.all([...streams, fork].map(({ result }) => result));
    expect(new Set(results.map(({ seed }) => seed)).size).toBe(1);
    expect(new Set(results.map(({ tokens }) => tokens.join())).size).toBe(4);
  });

  it('report no cached tokens without a cache', async () => {
    await using engine = await load({ cache: 'none' });
    const [, second] = engine.generateChoices({ tokens: prompt, maxTokens: 2 }, 2);
    const { cachedTokens, cache } = await second!.result;
    expect(cachedTokens).toBe(0);
    expect(cache).toEqual({
      runningTokens: 0,
      memoryTokens: 0,
      diskTokens: 0,
      firstDifference: 0,
      miss: 'cache_off',
    });
  });

  it('each fail with the error of the request', async () => {
    await using engine = await load();
    for (const { result } of engine.generateChoices({ tokens: [] }, 2)) {
      await expect(result).rejects.toMatchObject({ code: 'empty_prompt' });
    }
    const [refused, ...more] = engine.generateChoices({ tokens: [1] }, 0);
    expect(more).toEqual([]);
    await expect(refused!.accepted).rejects.toMatchObject({ code: 'bad_option', message: 'n is 0' });
  });
});

describe('a fork', () => {
  it('of a running answer has its first tokens and then its own', async () => {
    await using engine = await load();
    const stream = engine.generate({ tokens: prompt, ...drawn, maxTokens: 60, minTokens: 60 });
    const iterator = stream[Symbol.asyncIterator]();
    for (let pieces = 0; pieces < 3; pieces++) await iterator.next();
    const fork = engine.fork(stream, { seed: 6 });
    const [parent, child] = await Promise.all([stream.result, fork.result]);
    const common = parent.tokens.findIndex((token, i) => token !== child.tokens[i]);
    expect(common).toBeGreaterThanOrEqual(3);
    expect(child.computedTokens).toBeLessThan(child.generatedTokens - 2);
    expect(child.generatedTokens).toBe(60);
  });

  it('is refused after the end of the answer, and does not accept maxTokens', async () => {
    await using engine = await load();
    const stream = engine.generate({ tokens: prompt, ...drawn });
    await stream.result;
    await expect(engine.fork(stream).result).rejects.toMatchObject({ code: 'already_finished' });
    await expect(engine.fork(stream, { maxTokens: 3 }).result).rejects.toMatchObject({
      code: 'unknown_option',
    });
  });

  it('of a conversation has its messages and computes none of them again', async () => {
    await using engine = await load();
    const options = { maxTokens: 4, temperature: 0 };
    const conversation = createConversation(engine);
    const first = await conversation.send('ab', options).result;
    const fork = conversation.fork();
    const [one, two] = await Promise.all([
      conversation.send('cd', options).result,
      fork.send('ef', options).result,
    ]);
    const past = first.promptTokens + first.generatedTokens - 1;
    for (const { cachedTokens } of [one, two]) expect(cachedTokens).toBeGreaterThanOrEqual(past);
    expect(fork.messages.slice(0, 2)).toEqual(conversation.messages.slice(0, 2));
    expect(fork.messages).toHaveLength(4);
  });
});

it('under another salt no tokens are found, and the report states the reason', async () => {
  await using engine = await load();
  const ask = (cacheSalt?: string): Promise<{ cachedTokens: number; cache: object }> =>
    engine.generate({ tokens: prompt, maxTokens: 2, ...(cacheSalt === undefined ? {} : { cacheSalt }) })
      .result;
  expect((await ask('one')).cache).toMatchObject({ miss: 'nothing_in_common', firstDifference: 0 });
  expect(await ask('two')).toMatchObject({ cachedTokens: 0, cache: { miss: 'different_salt' } });
  const found = await ask('one');
  expect(found.cachedTokens).toBe(39);
  expect(found.cache).toEqual({ runningTokens: 0, memoryTokens: 39, diskTokens: 0 });
});

it('drafts change no token, sampled or greedy', async () => {
  await using plain = await load();
  await using drafting = await load({ draftTokens: 4 });
  const repeating = [...prompt.slice(0, 9), ...prompt.slice(0, 9), ...prompt.slice(0, 4)];
  let drafted = 0;
  for (const options of [drawn, { ...drawn, temperature: 0 }, { ...drawn, repetitionPenalty: 1.3 }]) {
    const request = { tokens: repeating, ...options, maxTokens: 60 };
    const [expected, guessed] = [
      await plain.generate(request).result,
      await drafting.generate(request).result,
    ];
    expect(guessed.tokens).toEqual(expected.tokens);
    drafted += guessed.draftedTokens ?? 0;
    expect(expected.draftedTokens).toBeUndefined();
  }
  expect(drafted).toBeGreaterThan(0);
});

it('a request to a full queue gets busy at once, and earlier requests are served', async () => {
  await using engine = await load({ maxRunning: 1, maxWaiting: 1 });
  const all = [1, 2, 3].map((first) => engine.completeTokens([first, 5, 6], { maxTokens: 3 }));
  await expect(all[2]!.result).rejects.toMatchObject({ code: 'busy' });
  expect(
    await Promise.all(all.slice(0, 2).map(async ({ result }) => (await result).generatedTokens)),
  ).toEqual([3, 3]);
});

it('a refused request leaves no listener', async () => {
  await using engine = await load({ maxRunning: 1, maxWaiting: 0 });
  const { signal } = new AbortController();
  const first = engine.completeTokens([1, 5, 6], { maxTokens: 30 });
  for (let i = 0; i < 20; i++) {
    await expect(engine.completeTokens([2, 5, 6], { signal }).result).rejects.toMatchObject({ code: 'busy' });
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  const choices = engine.generateChoices({ tokens: [3, 4] }, 50);
  await expect(choices[49]!.result).rejects.toMatchObject({ code: 'busy' });
  await first.result;
});

it('options out of range are refused', async () => {
  await expect(load({ maxRunning: 0 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(load({ draftTokens: -1 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(load({ scheduling: 'fair' as never })).rejects.toMatchObject({ code: 'bad_option' });
  await using engine = await load();
  const ask = (options: object): Promise<unknown> => engine.generate({ tokens: [1], ...options }).result;
  await expect(ask({ priority: 0.5 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(ask({ cacheSalt: 7 })).rejects.toMatchObject({ code: 'bad_option' });
});

it('counters, events and memory use report a request', async () => {
  await using engine = await load({ blockSize: 8 });
  await engine.generate({ tokens: prompt, maxTokens: 3 }).result;
  const { totalBytes, reservedBytes, usedBytes, wastedBytes, cachedBytes } = engine.kvUsage;
  expect([reservedBytes, usedBytes, wastedBytes]).toEqual([0, 0, 0]);
  expect(cachedBytes).toBeGreaterThan(0);
  expect(totalBytes).toBe(engine.info.kvBytes);
  const { running, waiting, events } = engine.counters;
  expect([running, waiting, events.allocated, events.cached, events.finished]).toEqual([0, 0, 6, 6, 1]);
  const kinds: EventKind[] = [];
  expect(engine.drainEvents(({ kind }) => kinds.push(kind))).toBe(0);
  expect(kinds.slice(0, 3)).toEqual(['found', 'admitted', 'allocated']);
  expect(engine.drainEvents(() => expect.unreachable())).toBe(0);
});

it('requests cancelled at any moment leave every block free or cached, and the heap does not grow', async () => {
  const requests = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
  await using engine = await load({ kvMemory: 2 ** 21, maxRunning: 8, draftTokens: 2 });
  const random = randomNumbers(11);
  const heap: number[] = [];
  for (let i = 0; i < requests; ) {
    const burst = Array.from({ length: 1 + randomInteger(random, 12) }, () => {
      i++;
      return cancelledSomewhere(engine, random);
    });
    await Promise.all(burst);
    if (heap.length < 2 && i >= (heap.length + 1) * (requests / 2 - 20)) heap.push(heapBytes());
  }
  expect(engine.kvUsage).toMatchObject({ reservedBytes: 0, usedBytes: 0, wastedBytes: 0 });
  expect(engine.counters).toMatchObject({ running: 0, waiting: 0 });
  const whole = Array.from({ length: engine.contextLength - 1 }, (_, i) => (i * 11) % 200);
  expect((await engine.generate({ tokens: whole, maxTokens: 1 }).result).generatedTokens).toBe(1);
  expect(heap[1]! - heap[0]!).toBeLessThan(8 * 2 ** 20);
}, 600_000);

async function cancelledSomewhere(engine: Engine, random: () => number): Promise<void> {
  const abort = new AbortController();
  const tokens = prompt
    .slice(0, 1 + randomInteger(random, 40))
    .map((token) => token + randomInteger(random, 2));
  const stream = engine.generate({ tokens, maxTokens: 1 + randomInteger(random, 20), signal: abort.signal });
  const how = randomInteger(random, 4);
  if (how === 0) abort.abort();
  else if (how === 1) setTimeout(() => abort.abort(), randomInteger(random, 12));
  else if (how === 2) {
    for await (const _ of stream) break; // the reader stops
  }
  await stream.result.catch(() => {});
}
