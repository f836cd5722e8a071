// Tests what requests of one engine share: cached tokens of forks and parallel samples, salts, draft tokens and the queue.
// Also tests that cancelled requests release all blocks and memory.

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { EventKind } from '../../src/completion/cache-event.ts';
import type { Engine, EngineOptions } from '../../src/index.ts';
import { createConversation, loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { heapBytes } from '../support/heap.ts';
import { randomInteger, randomNumbers } from '../support/random.ts';

const MODEL = fixture('tiny-llama');
const loadTinyEngine = (options: EngineOptions = {}): Promise<Engine> =>
  loadEngine({ model: MODEL, ...options });
const prompt = Array.from({ length: 40 }, (_, i) => (i * 7) % 300);
const sampled = { temperature: 0.9, seed: 5, repetitionPenalty: 1, maxTokens: 12 };

describe('parallel samples', () => {
  it('compute the prompt once and have different answers', async () => {
    await using engine = await loadTinyEngine();
    const streams = engine.generateChoices({ tokens: prompt, ...sampled }, 4);
    const results = await Promise.all(streams.map(({ result }) => result));
    expect(new Set(results.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(1);
    const [first, ...others] = results;
    expect(first!.computedTokens).toBe(40 + first!.generatedTokens - 1);
    for (const { computedTokens, generatedTokens, cachedTokens } of others) {
      expect([computedTokens, cachedTokens]).toEqual([generatedTokens - 1, 40]);
    }
    const single = await engine.generate({ tokens: prompt, ...sampled }).result;
    expect(first!.tokens).toEqual(single.tokens);
  });

  it('have the same tokens if their number exceeds maxRunning', async () => {
    await using unlimited = await loadTinyEngine();
    await using limited = await loadTinyEngine({ maxRunning: 2 });
    const run = async (engine: Engine): Promise<unknown> =>
      Promise.all(
        engine
          .generateChoices({ tokens: prompt, ...sampled }, 7)
          .map(async ({ result }) => (await result).tokens),
      );
    expect(await run(limited)).toEqual(await run(unlimited));
  });

  it('share one random seed, and a fork of a sample differs from all samples', async () => {
    await using engine = await loadTinyEngine();
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
    await using engine = await loadTinyEngine({ cache: 'none' });
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

  it('all fail with the error of the request', async () => {
    await using engine = await loadTinyEngine();
    for (const { result } of engine.generateChoices({ tokens: [] }, 2)) {
      await expect(result).rejects.toMatchObject({ code: 'empty_prompt' });
    }
    const [rejected, ...others] = engine.generateChoices({ tokens: [1] }, 0);
    expect(others).toEqual([]);
    await expect(rejected!.accepted).rejects.toMatchObject({ code: 'bad_option', message: 'n is 0' });
  });
});

describe('a fork', () => {
  it('of a running answer starts with the tokens of the answer and then differs', async () => {
    await using engine = await loadTinyEngine();
    const stream = engine.generate({ tokens: prompt, ...sampled, maxTokens: 60, minTokens: 60 });
    const iterator = stream[Symbol.asyncIterator]();
    for (let pieces = 0; pieces < 3; pieces++) await iterator.next();
    const fork = engine.fork(stream, { seed: 6 });
    const [parent, child] = await Promise.all([stream.result, fork.result]);
    const common = parent.tokens.findIndex((token, i) => token !== child.tokens[i]);
    expect(common).toBeGreaterThanOrEqual(3);
    expect(child.computedTokens).toBeLessThan(child.generatedTokens - 2);
    expect(child.generatedTokens).toBe(60);
  });

  it('is rejected after the end of the answer, and does not accept maxTokens', async () => {
    await using engine = await loadTinyEngine();
    const stream = engine.generate({ tokens: prompt, ...sampled });
    await stream.result;
    await expect(engine.fork(stream).result).rejects.toMatchObject({ code: 'already_finished' });
    await expect(engine.fork(stream, { maxTokens: 3 }).result).rejects.toMatchObject({
      code: 'unknown_option',
    });
  });

  it('of a conversation has the same messages and reuses their cached tokens', async () => {
    await using engine = await loadTinyEngine();
    const options = { maxTokens: 4, temperature: 0 };
    const conversation = createConversation(engine);
    const first = await conversation.send('ab', options).result;
    const fork = conversation.fork();
    const [original, forked] = await Promise.all([
      conversation.send('cd', options).result,
      fork.send('ef', options).result,
    ]);
    const historyTokens = first.promptTokens + first.generatedTokens - 1;
    for (const { cachedTokens } of [original, forked])
      expect(cachedTokens).toBeGreaterThanOrEqual(historyTokens);
    expect(fork.messages.slice(0, 2)).toEqual(conversation.messages.slice(0, 2));
    expect(fork.messages).toHaveLength(4);
  });
});

it('a request with another salt finds no cached tokens, and its cache report states the reason', async () => {
  await using engine = await loadTinyEngine();
  const resultWithSalt = (cacheSalt?: string): Promise<{ cachedTokens: number; cache: object }> =>
    engine.generate({ tokens: prompt, maxTokens: 2, ...(cacheSalt === undefined ? {} : { cacheSalt }) })
      .result;
  expect((await resultWithSalt('one')).cache).toMatchObject({
    miss: 'nothing_in_common',
    firstDifference: 0,
  });
  expect(await resultWithSalt('two')).toMatchObject({ cachedTokens: 0, cache: { miss: 'different_salt' } });
  const repeated = await resultWithSalt('one');
  expect(repeated.cachedTokens).toBe(39);
  expect(repeated.cache).toEqual({ runningTokens: 0, memoryTokens: 39, diskTokens: 0 });
});

it('draftTokens does not change sampled or greedy tokens', async () => {
  await using withoutDrafts = await loadTinyEngine();
  await using withDrafts = await loadTinyEngine({ draftTokens: 4 });
  const repeating = [...prompt.slice(0, 9), ...prompt.slice(0, 9), ...prompt.slice(0, 4)];
  let draftedTokens = 0;
  for (const options of [sampled, { ...sampled, temperature: 0 }, { ...sampled, repetitionPenalty: 1.3 }]) {
    const request = { tokens: repeating, ...options, maxTokens: 60 };
    const [expected, actual] = [
      await withoutDrafts.generate(request).result,
      await withDrafts.generate(request).result,
    ];
    expect(actual.tokens).toEqual(expected.tokens);
    draftedTokens += actual.draftedTokens ?? 0;
    expect(expected.draftedTokens).toBeUndefined();
  }
  expect(draftedTokens).toBeGreaterThan(0);
});

it('a request is rejected with busy if the queue is full, and earlier requests are served', async () => {
  await using engine = await loadTinyEngine({ maxRunning: 1, maxWaiting: 1 });
  const streams = [1, 2, 3].map((first) => engine.completeTokens([first, 5, 6], { maxTokens: 3 }));
  await expect(streams[2]!.result).rejects.toMatchObject({ code: 'busy' });
  expect(
    await Promise.all(streams.slice(0, 2).map(async ({ result }) => (await result).generatedTokens)),
  ).toEqual([3, 3]);
});

it('a rejected request removes its listener from the signal', async () => {
  await using engine = await loadTinyEngine({ maxRunning: 1, maxWaiting: 0 });
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

it('options that are out of range are rejected', async () => {
  await expect(loadTinyEngine({ maxRunning: 0 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(loadTinyEngine({ draftTokens: -1 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(loadTinyEngine({ scheduling: 'fair' as never })).rejects.toMatchObject({ code: 'bad_option' });
  await using engine = await loadTinyEngine();
  const generateWith = (options: object): Promise<unknown> =>
    engine.generate({ tokens: [1], ...options }).result;
  await expect(generateWith({ priority: 0.5 })).rejects.toMatchObject({ code: 'bad_option' });
  await expect(generateWith({ cacheSalt: 7 })).rejects.toMatchObject({ code: 'bad_option' });
});

it('counters, events and kvUsage report a request', async () => {
  await using engine = await loadTinyEngine({ blockSize: 8 });
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

it('requests that are cancelled at any time leave every block free or cached, and the heap does not grow', async () => {
  const requestCount = process.env.QUIRE_FULL === '1' ? 10_000 : 400;
  await using engine = await loadTinyEngine({ kvMemory: 2 ** 21, maxRunning: 8, draftTokens: 2 });
  const random = randomNumbers(11);
  const heapSizes: number[] = [];
  for (let i = 0; i < requestCount; ) {
    const burst = Array.from({ length: 1 + randomInteger(random, 12) }, () => {
      i++;
      return runCancelledRequest(engine, random);
    });
    await Promise.all(burst);
    if (heapSizes.length < 2 && i >= (heapSizes.length + 1) * (requestCount / 2 - 20))
      heapSizes.push(heapBytes());
  }
  expect(engine.kvUsage).toMatchObject({ reservedBytes: 0, usedBytes: 0, wastedBytes: 0 });
  expect(engine.counters).toMatchObject({ running: 0, waiting: 0 });
  const fullPrompt = Array.from({ length: engine.contextLength - 1 }, (_, i) => (i * 11) % 200);
  expect((await engine.generate({ tokens: fullPrompt, maxTokens: 1 }).result).generatedTokens).toBe(1);
  expect(heapSizes[1]! - heapSizes[0]!).toBeLessThan(8 * 2 ** 20);
}, 600_000);

async function runCancelledRequest(engine: Engine, random: () => number): Promise<void> {
  const controller = new AbortController();
  const tokens = prompt
    .slice(0, 1 + randomInteger(random, 40))
    .map((token) => token + randomInteger(random, 2));
  const stream = engine.generate({
    tokens,
    maxTokens: 1 + randomInteger(random, 20),
    signal: controller.signal,
  });
  const cancellation = randomInteger(random, 4);
  if (cancellation === 0) controller.abort();
  else if (cancellation === 1) setTimeout(() => controller.abort(), randomInteger(random, 12));
  else if (cancellation === 2) {
    for await (const _ of stream) break; // the client stops reading
  }
  await stream.result.catch(() => {});
}
