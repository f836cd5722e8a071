// An open loop: requests arrive at random (Poisson), independently of the answers, and one engine serves them. Latencies
// are measured from the scheduled arrival, so that they include the delays of a server that falls behind.

import { setTimeout as sleep } from 'node:timers/promises';
import { uniform } from '../../../base/uniform.ts';
import type { Engine } from '../../../engine/engine.ts';
import { generateTimedAnswer } from '../../answer.ts';

export interface SeriesRequest {
  readonly prompt: readonly number[];
  /** number of tokens */
  readonly answer: number;
}

export interface ServedRequest {
  readonly tokens: readonly number[];
  /** time from the arrival */
  readonly ttftMs: number;
  readonly latencyMs: number;
}

export interface AnsweredSeries {
  readonly requests: readonly ServedRequest[];
  /** time from the first arrival to the last answer */
  readonly seconds: number;
}

/** Uniformly distributed integers from `min` to `max`. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

const SEED = 23;
// numbers of the random sequences
const PROMPTS = 0;
const ANSWERS = 1;
const ARRIVALS = 2;

/** Returns the same requests in every run. Each prompt starts at a different position of `passage`. */
export function createRequests(
  count: number,
  passage: readonly number[],
  { prompt, answer }: { prompt: IntegerRange; answer: IntegerRange },
): SeriesRequest[] {
  const draw = ({ min, max }: IntegerRange, randomSequence: number, i: number): number =>
    min + Math.floor(uniform(SEED, randomSequence, i) * (max - min + 1));
  return Array.from({ length: count }, (_, i) => {
    const length = draw(prompt, PROMPTS, i);
    const from = (i * 7) % Math.max(1, passage.length - prompt.max);
    return { prompt: passage.slice(from, from + length), answer: draw(answer, ANSWERS, i) };
  });
}

/** Returns the arrival times in ms, starting at 0. @param rate requests per second; Infinity: all at the same time */
export function arrivalTimes(count: number, rate: number): number[] {
  let timeMs = 0;
  return Array.from({ length: count }, (_, i) => {
    if (i > 0) timeMs += (-Math.log(1 - uniform(SEED, ARRIVALS, i)) / rate) * 1000;
    return timeMs;
  });
}

interface TimestampedAnswer {
  readonly tokens: readonly number[];
  /** `performance.now()` when the first token was generated */
  readonly firstAt: number;
  /** `performance.now()` at the end of the answer */
  readonly endedAt: number;
}

/** Serves a series of requests. @param serve called when a request arrives */
export async function serveSeries(
  requests: readonly SeriesRequest[],
  arrivalTimesMs: readonly number[],
  serve: (request: SeriesRequest) => Promise<TimestampedAnswer>,
): Promise<AnsweredSeries> {
  const startedAt = performance.now();
  const answers: Promise<ServedRequest>[] = [];
  for (const [i, request] of requests.entries()) {
    const arrivedAt = startedAt + arrivalTimesMs[i]!;
    const wait = arrivedAt - performance.now();
    if (wait > 0) await sleep(wait);
    const servedRequest = serve(request).then(({ tokens, firstAt, endedAt }) => ({
      tokens,
      ttftMs: firstAt - arrivedAt,
      latencyMs: endedAt - arrivedAt,
    }));
    servedRequest.catch(() => {}); // awaited below
    answers.push(servedRequest);
  }
  const servedRequests = await Promise.all(answers);
  return { requests: servedRequests, seconds: (performance.now() - startedAt) / 1000 };
}

/** Returns a function that starts each request when it arrives, in parallel to the running requests. */
export const continuousServer =
  (engine: Engine) =>
  (request: SeriesRequest): Promise<TimestampedAnswer> =>
    answerRequest(engine, request);

/** Returns a function that batches requests: they wait until the running batch has ended; then up to `batchSize` start. */
export function staticServer(
  engine: Engine,
  batchSize: number,
): (request: SeriesRequest) => Promise<TimestampedAnswer> {
  const waitingRequests: { request: SeriesRequest; resolve: (answer: Promise<TimestampedAnswer>) => void }[] =
    [];
  let isRunning = false;
  const runBatches = async (): Promise<void> => {
    isRunning = true;
    await Promise.resolve(); // requests that arrive together start together
    while (waitingRequests.length > 0) {
      const batch = waitingRequests.splice(0, batchSize).map(({ request, resolve }) => {
        const answer = answerRequest(engine, request);
        resolve(answer);
        return answer;
      });
      await Promise.allSettled(batch);
    }
    isRunning = false;
  };
  return (request) =>
    new Promise<TimestampedAnswer>((resolve, reject) => {
      waitingRequests.push({ request, resolve });
      if (!isRunning) runBatches().catch(reject);
    });
}

async function answerRequest(engine: Engine, { prompt, answer }: SeriesRequest): Promise<TimestampedAnswer> {
  const startedAt = performance.now();
  const { tokens, ttftMs, totalMs } = await generateTimedAnswer(engine, prompt, answer);
  return { tokens, firstAt: startedAt + ttftMs, endedAt: startedAt + totalMs };
}
