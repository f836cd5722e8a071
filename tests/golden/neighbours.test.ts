// Requests that are invalid, throw, abort or are abandoned do not change the answers of other requests that run at the same
// time, not even a bit of their log-probabilities.

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

const NEIGHBOUR: GenerateRequest = {
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

/** Up to two options with valid and invalid values; more would mostly refuse each other. */
const options = fc
  .array(
    fc
      .constantFrom(...Object.keys(values))
      .chain((name) => fc.tuple(fc.constant(name), values[name] ?? number)),
    { maxLength: 2 },
  )
  .map((entries) => Object.fromEntries(entries) as Readonly<Record<string, unknown>>);

const hostile = fc.record({
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
  ends: fc.constantFrom('waits', 'aborts', 'abandons', 'signal that throws'),
});

type Hostile = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

/** Sends a hostile request and settles when it has ended or failed. */
async function attack(
  engine: Engine,
  { options, prompt, maxTokens, throwsAt, ends }: Hostile,
): Promise<void> {
  const controller = new AbortController();
  let tokens = 0;
  const onToken = (): void => {
    if (tokens++ === throwsAt) throw new Error('thrown by a callback');
    if (tokens === 3 && ends === 'aborts') controller.abort();
  };
  const signal =
    ends === 'signal that throws'
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
  if (ends === 'abandons') {
    for await (const _ of stream) break;
  }
  await stream.result;
}

describe.each(BACKENDS)('on %s, beside any request', (backend) => {
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
    const { tokens, logprobs, text, finishReason } = await engine.generate(NEIGHBOUR).result;
    return { tokens, logprobs, text, finishReason };
  };

  it('an answer is the same as alone', { timeout: 300_000 }, async () => {
    const alone = await answer();
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 3 }), async (others) => {
        const [first, ...rest] = others;
        const before = first === undefined ? [] : [attack(engine, first)];
        const mine = answer();
        const outcomes = await Promise.allSettled([
          ...before,
          ...rest.map((one) => attack(engine, one)),
          mine,
        ]);
        expect(outcomes.at(-1)).toEqual({ status: 'fulfilled', value: alone });
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

  it('topK -1 and values beyond the vocabulary keep all tokens', async () => {
    const drawn = async (topK: number): Promise<readonly number[]> =>
      (await engine.generate({ ...NEIGHBOUR, temperature: 2, topK }).result).tokens;
    const all = await drawn(0);
    for (const topK of [-1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]) expect(await drawn(topK)).toEqual(all);
    expect(await drawn(1)).not.toEqual(all);
  });

  it('a callback that rejects ends only its own request', async () => {
    const alone = await answer();
    const { result } = engine.generate({
      ...NEIGHBOUR,
      maxTokens: 40,
      onToken: () => Promise.reject(new Error('rejected by a callback')) as unknown as undefined,
    });
    const [mine, other] = await Promise.allSettled([result, answer()]);
    expect(mine).toMatchObject({ status: 'rejected', reason: { message: 'rejected by a callback' } });
    expect(other).toEqual({ status: 'fulfilled', value: alone });
  });

  it('an observer that throws or rejects gives one warning and fails no request', async () => {
    const alone = await answer();
    warnings.length = 0;
    let calls = 0;
    const fail = (): never => {
      calls++;
      throw new Error('thrown by an observer');
    };
    const leave = engine.observe({ onToken: fail, onEnd: fail });
    // oxlint-disable-next-line typescript/no-misused-promises -- what a caller in JavaScript can do
    const reject = engine.observe({ onToken: () => Promise.reject(new Error('rejected by an observer')) });
    expect(await answer()).toEqual(alone);
    expect(await answer()).toEqual(alone);
    leave();
    reject();
    expect(calls).toBe(2);
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).toMatch(/observer_failed.*thrown by an observer/);
    warnings.length = 0;
  });
});

describe('engine callbacks that throw', () => {
  it('fail no request', async () => {
    const lines: string[] = [];
    const fail = (): never => {
      throw new Error('thrown by a caller');
    };
    const engine = await loadEngine({
      model: MODEL,
      backend: 'reference',
      context: CONTEXT,
      onProgress: fail,
      onStep: fail,
      // oxlint-disable-next-line typescript/no-misused-promises -- what a caller in JavaScript can do
      onWarning: ({ line }) => {
        lines.push(line);
        return Promise.reject(new Error('rejected by a caller'));
      },
    });
    const quiet = await loadEngine({ model: MODEL, backend: 'reference', context: CONTEXT });
    const { tokens } = await engine.generate(NEIGHBOUR).result;
    expect(tokens).toEqual((await quiet.generate(NEIGHBOUR).result).tokens);
    expect(lines).toEqual([expect.stringMatching(/^observer_failed: onStep threw an error/)]);
    await engine.dispose();
    await quiet.dispose();
  });
});
