// A request is accepted or refused before any of it is computed. Code of a caller that runs for its tokens affects its own
// request only, because the step was committed before.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConversation, type Engine, type GenerationStream, loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';

const model = fixture('tiny-llama');
const drawn = { temperature: 1, seed: 3, maxTokens: 12, minTokens: 12 } as const;
const promptOf = (i: number): number[] => [5, 6, 7, 8 + i];

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine({ model, context: 64, backend: 'reference', maxWaiting: 8 });
});
afterAll(() => engine.dispose());

const finished = async (stream: GenerationStream): Promise<string> => {
  await stream.accepted;
  const { text, finishReason } = await stream.result;
  return `${finishReason}: ${text}`;
};

describe('accepted', () => {
  it('settles before the answer ends', async () => {
    const stream = engine.completeTokens(promptOf(0), drawn);
    let ended = false;
    const end = stream.result.then(() => (ended = true));
    await stream.accepted;
    expect(ended).toBe(false);
    await end;
  });

  it('settles for a request without tokens to generate, and for one that was already cancelled', async () => {
    expect(await finished(engine.completeTokens(promptOf(0), { maxTokens: 0 }))).toBe('length: ');
    const signal = AbortSignal.abort();
    expect(await finished(engine.completeTokens(promptOf(0), { signal }))).toBe('cancelled: ');
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
  ])('rejects with %s, like the result: %s', async (code, ask) => {
    const stream = ask();
    await expect(stream.accepted).rejects.toMatchObject({ code });
    await expect(stream.result).rejects.toMatchObject({ code });
  });

  it('rejects with busy for every request over the limit of the queue', async () => {
    const blocker = new AbortController();
    const streams = Array.from({ length: 60 }, (_, i) =>
      engine.completeTokens(promptOf(i % 8), { ...drawn, signal: blocker.signal }),
    );
    const settled = await Promise.allSettled(streams.map(({ accepted }) => accepted));
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'busy' } });
    blocker.abort();
    await Promise.allSettled(streams.map(({ result }) => result));
  });
});

const failing = (): never => {
  throw new Error('thrown by a caller');
};

const rejecting = (): undefined => Promise.reject(new Error('rejected by a caller')) as unknown as undefined;

/** Misbehaving callers, and whether their own request fails. */
const FAULTS: readonly [string, (prompt: number[]) => Promise<unknown>, boolean][] = [
  [
    'an onToken that throws',
    (prompt) => engine.completeTokens(prompt, { ...drawn, onToken: failing }).result,
    true,
  ],
  [
    'an onToken that rejects',
    (prompt) => engine.completeTokens(prompt, { ...drawn, onToken: rejecting }).result,
    true,
  ],
  [
    'a consumer that throws',
    async (prompt) => {
      for await (const _piece of engine.completeTokens(prompt, drawn)) failing();
    },
    true,
  ],
  [
    'an onToken that cancels its own request',
    async (prompt) => {
      const controller = new AbortController();
      const { signal } = controller;
      const onToken = (): void => controller.abort();
      const result = await engine.completeTokens(prompt, { ...drawn, signal, onToken }).result;
      expect(result).toMatchObject({ finishReason: 'cancelled', generatedTokens: 1 });
    },
    false,
  ],
  [
    'an onToken that starts other requests',
    async (prompt) => {
      const more: Promise<unknown>[] = [];
      const onToken = (): void => {
        more.push(engine.completeTokens([1, 2], { maxTokens: 1 }).result);
      };
      await engine.completeTokens(prompt, { ...drawn, maxTokens: 3, minTokens: 3, onToken }).result;
      expect(await Promise.all(more)).toHaveLength(3);
    },
    false,
  ],
];

describe('seven requests have the same answers as alone next to', () => {
  it.each(FAULTS)('%s', async (_name, fault, fails) => {
    const alone: string[] = [];
    for (let i = 1; i < 8; i++) alone.push(await finished(engine.completeTokens(promptOf(i), drawn)));
    const failed = fault(promptOf(0)).then(
      () => false,
      () => true,
    );
    const others = Array.from({ length: 7 }, (_, i) =>
      finished(engine.completeTokens(promptOf(i + 1), drawn)),
    );
    expect(await Promise.all(others)).toEqual(alone);
    expect(await failed).toBe(fails);
    expect(await finished(engine.completeTokens(promptOf(1), drawn))).toBe(alone[0]);
  });

  it.each(['onToken', 'onEnd'] as const)(
    'an observer that throws in %s, and so has an eighth one',
    async (method) => {
      const alone: string[] = [];
      for (let i = 0; i < 8; i++) alone.push(await finished(engine.completeTokens(promptOf(i), drawn)));
      const leave = engine.observe({ [method]: failing });
      const all = Array.from({ length: 8 }, (_, i) => finished(engine.completeTokens(promptOf(i), drawn)));
      expect(await Promise.all(all)).toEqual(alone);
      leave();
    },
  );
});
