// Tests observers, which are called once for the end of each request with consistent times, and onToken of a request.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine, RequestEnd, RequestTimes } from '../../src/index.ts';
import { loadEngine } from '../../src/index.ts';

const PROMPT = [5, 6, 7, 8];
const greedy = { temperature: 0, repetitionPenalty: 1, maxTokens: 4 } as const;

let engine: Engine;
beforeAll(async () => {
  const model = fileURLToPath(new URL('./fixtures/tiny-gpt2', import.meta.url));
  engine = await loadEngine({ model, context: 16, backend: 'reference' });
});
afterAll(() => engine.dispose());

test('an observer receives tokens and ends of requests until it is removed', async () => {
  const gaps: number[] = [];
  const ends: [RequestEnd, RequestTimes][] = [];
  const removeObserver = engine.observe({
    onToken: (gapMs) => gaps.push(gapMs),
    onEnd: (end, times) => ends.push([end, times]),
  });
  const result = await engine.generate({ tokens: PROMPT, ...greedy }).result;
  expect(ends).toHaveLength(1);
  const [end, times] = ends[0]!;
  expect(end).toEqual({ result });
  expect(gaps).toHaveLength(result.generatedTokens - 1);
  const { totalMs, queueMs, prefillMs, decodeMs } = times;
  expect(Math.min(queueMs, prefillMs, decodeMs)).toBeGreaterThanOrEqual(0);
  expect(queueMs + prefillMs + decodeMs).toBeLessThanOrEqual(totalMs);
  expect(queueMs + prefillMs).toBeCloseTo(result.ttftMs);
  const controller = new AbortController();
  controller.abort();
  await engine.completeTokens(PROMPT, { ...greedy, signal: controller.signal }).result;
  expect(ends[1]![0]).toMatchObject({ result: { finishReason: 'cancelled' } });
  removeObserver();
  await engine.generate({ tokens: PROMPT, ...greedy }).result;
  expect(ends).toHaveLength(2);
});

test('onToken receives each token with the index of its choice', async () => {
  const calls: [number, number | undefined, number][] = [];
  const streams = engine.generateChoices(
    {
      tokens: PROMPT,
      ...greedy,
      logprobs: 0,
      onToken: (token, logprobs, choice) => calls.push([token, logprobs?.token, choice]),
    },
    2,
  );
  const results = await Promise.all(streams.map(({ result }) => result));
  for (const [choice, { tokens }] of results.entries()) {
    const callsOfChoice = calls.filter(([, , index]) => index === choice);
    expect(callsOfChoice.map(([token]) => token)).toEqual(tokens);
    expect(callsOfChoice.map(([, reported]) => reported)).toEqual(tokens);
  }
});

test('`generate` rejects an onToken that is not a function', async () => {
  const { result } = engine.generate({ tokens: PROMPT, onToken: 1 as unknown as () => void });
  await expect(result).rejects.toMatchObject({ code: 'bad_option' });
});
