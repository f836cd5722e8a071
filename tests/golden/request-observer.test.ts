// Observers get each request once with consistent times; onToken gets the tokens of its own request.

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

test('an observer gets tokens and ends until it unsubscribes', async () => {
  const gaps: number[] = [];
  const ends: [RequestEnd, RequestTimes][] = [];
  const leave = engine.observe({
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
  leave();
  await engine.generate({ tokens: PROMPT, ...greedy }).result;
  expect(ends).toHaveLength(2);
});

test('onToken gets each token with the index of its choice', async () => {
  const seen: [number, number | undefined, number][] = [];
  const streams = engine.generateChoices(
    {
      tokens: PROMPT,
      ...greedy,
      logprobs: 0,
      onToken: (token, logprobs, choice) => seen.push([token, logprobs?.token, choice]),
    },
    2,
  );
  const results = await Promise.all(streams.map(({ result }) => result));
  for (const [choice, { tokens }] of results.entries()) {
    const own = seen.filter((one) => one[2] === choice);
    expect(own.map(([token]) => token)).toEqual(tokens);
    expect(own.map(([, reported]) => reported)).toEqual(tokens);
  }
});

test('an onToken that is not a function is refused', async () => {
  const { result } = engine.generate({ tokens: PROMPT, onToken: 1 as unknown as () => void });
  await expect(result).rejects.toMatchObject({ code: 'bad_option' });
});
