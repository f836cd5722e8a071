// Tests that invalid requests and requests that throw, abort or are abandoned do not change the answers of concurrent
// requests, not even a bit of their log probabilities.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, type GenerateRequest, loadEngine } from '../../src/index.ts';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import { fixture } from '../support/fixtures.ts';

const MODEL = fixture('tiny-llama');
const RUNS = process.env.QUIRE_FULL === '1' ? 1500 : 60;
const CONTEXT = 64;
const BACKENDS =
  nativeUnavailable() === undefined ? (['reference', 'native'] as const) : (['reference'] as const);

const REQUEST: GenerateRequest = {
  tokens: [5, 6, 7, 8, 9],
  maxTokens: 12,
  temperature: 0.8,
  seed: 3,
  repetitionPenalty: 1.2,
  frequencyPenalty: 0.3,
  logprobs: 3,
};

const number = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, 0.5, 1e-39, 1e-300, 1e300, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1, -0),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double(),
);
const someToken = fc.oneof(fc.integer({ min: 0, max: 40 }), number);

const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  temperature: number,
  topK: number,
  topP: number,
  minP: number,
  typicalP: number,
  repetitionPenalty: number,
  presencePenalty: number,
  frequencyPenalty: number,
  minTokens: number,
  seed: number,
  logprobs: number,
  priority: number,
  logitBias: fc.array(fc.tuple(someToken, number), { maxLength: 4 }),
  stopTokens: fc.array(someToken, { maxLength: 3 }),
  badTokens: fc.array(fc.array(someToken, { maxLength: 3 }), { maxLength: 3 }),
  badWords: fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }),
  stop: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
  cacheSalt: fc.string({ maxLength: 2 }),
};

/** At most two options with valid and invalid values. With more options, most requests would be rejected. */
const options = fc
  .array(
    fc
      .constantFrom(...Object.keys(values))
      .chain((name) => fc.tuple(fc.constant(name), values[name] ?? number)),
    { maxLength: 2 },
  )
  .map((entries) => Object.fromEntries(entries) as Readonly<Record<string, unknown>>);

const faultyRequest = fc.record({
  options,
  prompt: fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 50 }) },
    { weight: 1, arbitrary: fc.array(someToken, { maxLength: 5 }) },
  ),
  maxTokens: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) },
    { weight: 1, arbitrary: number },
  ),
  throwsAt: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 1 }),
  ending: fc.constantFrom('waits', 'aborts', 'abandons', 'signal that throws'),
});

type FaultyRequest = typeof faultyRequest extends fc.Arbitrary<infer T> ? T : never;

/** Sends a request that may be faulty. Settles when the request has ended or failed. */
async function sendFaultyRequest(
  engine: Engine,
  { options, prompt, maxTokens, throwsAt, ending }: FaultyRequest,
): Promise<void> {
  const controller = new AbortController();
  let tokens = 0;
  const onToken = (): void => {
    if (tokens++ === throwsAt) throw new Error('thrown by a callback');
    if (tokens === 3 && ending === 'aborts') controller.abort();
  };
  const signal =
    ending === 'signal that throws'
      ? (new Proxy(controller.signal, {
          get(target, name) {
            if (name === 'removeEventListener') throw new Error('thrown by a signal');
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }) as AbortSignal)
      : controller.signal;
  const request = { ...options, tokens: prompt, maxTokens, onToken, signal } as unknown as GenerateRequest;
  const stream = engine.generate(request);
  if (ending === 'abandons') {
    for await (const _ of stream) break;
  }
  await stream.result;
}

describe.each(BACKENDS)('an engine with backend %s that also serves faulty requests', (backend) => {
  let engine: Engine;
  const warnings: string[] = [];
  beforeAll(async () => {
    engine = await loadEngine({
      model: MODEL,
      backend,
      context: CONTEXT,
      stepTokens: 24,
      draftTokens: 2,
      scheduling: 'priority',
      onWarning: ({ fullLine }) => warnings.push(fullLine),
    });
  });
  afterAll(() => engine.dispose());

  const answer = async (): Promise<unknown> => {
    const { tokens, logprobs, text, finishReason } = await engine.generate(REQUEST).result;
    return { tokens, logprobs, text, finishReason };
  };

  it('gives a valid request the same answer as without other requests', { timeout: 300_000 }, async () => {
    const expected = await answer();
    await fc.assert(
      fc.asyncProperty(fc.array(faultyRequest, { minLength: 1, maxLength: 3 }), async (others) => {
        const [earlier, ...later] = others;
        const earlierResults = earlier === undefined ? [] : [sendFaultyRequest(engine, earlier)];
        const validResult = answer();
        const outcomes = await Promise.allSettled([
          ...earlierResults,
          ...later.map((request) => sendFaultyRequest(engine, request)),
          validResult,
        ]);
        expect(outcomes.at(-1)).toEqual({ status: 'fulfilled', value: expected });
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected')
            expect(String(outcome.reason)).not.toMatch(/internal|backend|invariant/);
        }
      }),
      { numRuns: RUNS, seed: 15 },
    );
    expect(engine.counters).toMatchObject({ running: 0, waiting: 0 });
    expect(engine.kvUsage.reservedBytes).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('treats topK -1 and values above the vocabulary size as no limit', async () => {
    const sampledTokens = async (topK: number): Promise<readonly number[]> =>
      (await engine.generate({ ...REQUEST, temperature: 2, topK }).result).tokens;
    const unlimited = await sampledTokens(0);
    for (const topK of [-1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1])
      expect(await sampledTokens(topK)).toEqual(unlimited);
    expect(await sampledTokens(1)).not.toEqual(unlimited);
  });

  it('ends only the request whose callback rejects', async () => {
    const expected = await answer();
    const { result } = engine.generate({
      ...REQUEST,
      maxTokens: 40,
      onToken: () => Promise.reject(new Error('rejected by a callback')) as unknown as undefined,
    });
    const [failed, other] = await Promise.allSettled([result, answer()]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'rejected by a callback' } });
    expect(other).toEqual({ status: 'fulfilled', value: expected });
  });

  it('fails no request when an observer throws or rejects, and warns once for each failing callback', async () => {
    const expected = await answer();
    warnings.length = 0;
    let calls = 0;
    const throwError = (): never => {
      calls++;
      throw new Error('thrown by an observer');
    };
    const removeThrowing = engine.observe({ onToken: throwError, onEnd: throwError });
    const removeRejecting = engine.observe({
      // oxlint-disable-next-line typescript/no-misused-promises -- callers in JavaScript can do this
      onToken: () => Promise.reject(new Error('rejected by an observer')),
    });
    expect(await answer()).toEqual(expected);
    expect(await answer()).toEqual(expected);
    removeThrowing();
    removeRejecting();
    expect(calls).toBe(2);
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).toMatch(/observer_failed.*thrown by an observer/);
    warnings.length = 0;
  });
});

describe('engine callbacks that throw or reject', () => {
  it('fail no request', async () => {
    const lines: string[] = [];
    const throwError = (): never => {
      throw new Error('thrown by a caller');
    };
    const engine = await loadEngine({
      model: MODEL,
      backend: 'reference',
      context: CONTEXT,
      onProgress: throwError,
      onStep: throwError,
      // oxlint-disable-next-line typescript/no-misused-promises -- callers in JavaScript can do this
      onWarning: ({ line }) => {
        lines.push(line);
        return Promise.reject(new Error('rejected by a caller'));
      },
    });
    const expectedEngine = await loadEngine({ model: MODEL, backend: 'reference', context: CONTEXT });
    const { tokens } = await engine.generate(REQUEST).result;
    expect(tokens).toEqual((await expectedEngine.generate(REQUEST).result).tokens);
    expect(lines).toEqual([expect.stringMatching(/^observer_failed: onStep threw an error/)]);
    await engine.dispose();
    await expectedEngine.dispose();
  });
});
