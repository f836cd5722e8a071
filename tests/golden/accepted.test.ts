// Tests `accepted` of a stream: requests are accepted or rejected before any of their tokens are computed. Also tests that
// a callback of a caller that throws or rejects can only make the caller's request fail: callbacks run after the step was
// committed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConversation, type Engine, type GenerationStream, loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';

const model = fixture('tiny-llama');
const sampled = { temperature: 1, seed: 3, maxTokens: 12, minTokens: 12 } as const;
const promptOf = (i: number): number[] => [5, 6, 7, 8 + i];

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine({ model, context: 64, backend: 'reference', maxWaiting: 8 });
});
afterAll(() => engine.dispose());

const outcomeOf = async (stream: GenerationStream): Promise<string> => {
  await stream.accepted;
  const { text, finishReason } = await stream.result;
  return `${finishReason}: ${text}`;
};

describe('`accepted` of a stream', () => {
  it('resolves before the answer ends', async () => {
    const stream = engine.completeTokens(promptOf(0), sampled);
    let hasEnded = false;
    const end = stream.result.then(() => (hasEnded = true));
    await stream.accepted;
    expect(hasEnded).toBe(false);
    await end;
  });

  it('resolves for a request with maxTokens 0 and for a request with an aborted signal', async () => {
    expect(await outcomeOf(engine.completeTokens(promptOf(0), { maxTokens: 0 }))).toBe('length: ');
    const signal = AbortSignal.abort();
    expect(await outcomeOf(engine.completeTokens(promptOf(0), { signal }))).toBe('cancelled: ');
  });

  it.each([
    ['empty_prompt', () => engine.completeTokens([])],
    ['bad_token', () => engine.completeTokens([-1])],
    ['bad_option', () => engine.completeTokens([1], { topP: 7 })],
    ['bad_option', () => engine.completeTokens([1], { badWords: [''] })],
    ['context_length_exceeded', () => engine.completeTokens(Array(64).fill(1))],
    ['bad_option', () => engine.completeChat([])],
    ['bad_option', () => engine.completeChoices([1], 2, { topK: 0.5 })[1]!],
    ['bad_option', () => engine.completeChoices([1], 0)[0]!],
    ['bad_option', () => engine.fork({} as GenerationStream)],
    ['bad_option', () => createConversation(engine).send(7 as never)],
    ['bad_option', () => createConversation(engine).send('x', { minP: 2 })],
  ])('rejects with %s, and so does `result`: %s', async (code, startStream) => {
    const stream = startStream();
    await expect(stream.accepted).rejects.toMatchObject({ code });
    await expect(stream.result).rejects.toMatchObject({ code });
  });

  it('rejects with busy for requests beyond maxWaiting', async () => {
    const blocker = new AbortController();
    const streams = Array.from({ length: 60 }, (_, i) =>
      engine.completeTokens(promptOf(i % 8), { ...sampled, signal: blocker.signal }),
    );
    const settled = await Promise.allSettled(streams.map(({ accepted }) => accepted));
    const rejections = settled.filter(({ status }) => status === 'rejected');
    expect(rejections.length).toBeGreaterThan(0);
    for (const rejection of rejections) expect(rejection).toMatchObject({ reason: { code: 'busy' } });
    blocker.abort();
    await Promise.allSettled(streams.map(({ result }) => result));
  });
});

const throwError = (): never => {
  throw new Error('thrown by a caller');
};

const rejectWithError = (): undefined =>
  Promise.reject(new Error('rejected by a caller')) as unknown as undefined;

/** Unusual callers, each with a function that makes its request, and whether this request fails. */
const CALLERS: readonly [string, (prompt: number[]) => Promise<unknown>, boolean][] = [
  [
    'an onToken that throws',
    (prompt) => engine.completeTokens(prompt, { ...sampled, onToken: throwError }).result,
    true,
  ],
  [
    'an onToken that rejects',
    (prompt) => engine.completeTokens(prompt, { ...sampled, onToken: rejectWithError }).result,
    true,
  ],
  [
    'a consumer that throws',
    async (prompt) => {
      for await (const _piece of engine.completeTokens(prompt, sampled)) throwError();
    },
    true,
  ],
  [
    'an onToken that cancels its request',
    async (prompt) => {
      const controller = new AbortController();
      const { signal } = controller;
      const onToken = (): void => controller.abort();
      const result = await engine.completeTokens(prompt, { ...sampled, signal, onToken }).result;
      expect(result).toMatchObject({ finishReason: 'cancelled', generatedTokens: 1 });
    },
    false,
  ],
  [
    'an onToken that starts other requests',
    async (prompt) => {
      const otherResults: Promise<unknown>[] = [];
      const onToken = (): void => {
        otherResults.push(engine.completeTokens([1, 2], { maxTokens: 1 }).result);
      };
      await engine.completeTokens(prompt, { ...sampled, maxTokens: 3, minTokens: 3, onToken }).result;
      expect(await Promise.all(otherResults)).toHaveLength(3);
    },
    false,
  ],
];

describe('the answers of concurrent requests', () => {
  it.each(CALLERS)('are not changed by %s', async (_name, makeRequest, fails) => {
    const expected: string[] = [];
    for (let i = 1; i < 8; i++) expected.push(await outcomeOf(engine.completeTokens(promptOf(i), sampled)));
    const failed = makeRequest(promptOf(0)).then(
      () => false,
      () => true,
    );
    const otherOutcomes = Array.from({ length: 7 }, (_, i) =>
      outcomeOf(engine.completeTokens(promptOf(i + 1), sampled)),
    );
    expect(await Promise.all(otherOutcomes)).toEqual(expected);
    expect(await failed).toBe(fails);
    expect(await outcomeOf(engine.completeTokens(promptOf(1), sampled))).toBe(expected[0]);
  });

  it.each(['onToken', 'onEnd'] as const)(
    'are not changed by an observer that throws in %s',
    async (method) => {
      const expected: string[] = [];
      for (let i = 0; i < 8; i++) expected.push(await outcomeOf(engine.completeTokens(promptOf(i), sampled)));
      const removeObserver = engine.observe({ [method]: throwError });
      const answers = Array.from({ length: 8 }, (_, i) =>
        outcomeOf(engine.completeTokens(promptOf(i), sampled)),
      );
      expect(await Promise.all(answers)).toEqual(expected);
      removeObserver();
    },
  );
});
