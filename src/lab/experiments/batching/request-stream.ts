// An open loop: requests arrive at random (Poisson), independently of the answers, and one engine serves them. Latencies
// are measured from the scheduled arrival, so that a server that falls behind cannot hide it.

import { setTimeout as sleep } from 'node:timers/promises';
import { uniform } from '../../../base/uniform.ts';
import type { Engine } from '../../../engine/engine.ts';
import { timedAnswer } from '../../answer.ts';

export interface StreamRequest {
  readonly prompt: readonly number[];
  /** tokens */
  readonly answer: number;
}

export interface ServedRequest {
  readonly tokens: readonly number[];
  /** from the arrival */
  readonly ttftMs: number;
  readonly latencyMs: number;
}

export interface AnsweredStream {
  readonly requests: readonly ServedRequest[];
  /** from the first arrival to the last answer */
  readonly seconds: number;
}

/** Whole numbers from `low` to `high`, uniformly distributed. */
export interface WholeRange {
  readonly low: number;
  readonly high: number;
}

const SEED = 23;
// random streams
const PROMPTS = 0;
const ANSWERS = 1;
const ARRIVALS = 2;

/** Returns the same requests in every run; each begins at a different position of `passage`. */
export function streamRequests(
  count: number,
  passage: readonly number[],
  { prompt, answer }: { prompt: WholeRange; answer: WholeRange },
): StreamRequest[] {
  const draw = ({ low, high }: WholeRange, stream: number, i: number): number =>
    low + Math.floor(uniform(SEED, stream, i) * (high - low + 1));
  return Array.from({ length: count }, (_, i) => {
    const length = draw(prompt, PROMPTS, i);
    const from = (i * 7) % Math.max(1, passage.length - prompt.high);
    return { prompt: passage.slice(from, from + length), answer: draw(answer, ANSWERS, i) };
  });
}

/** Returns the arrival times in ms, from 0. @param rate per second; infinite: all at the same time */
export function arrivals(count: number, rate: number): number[] {
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    if (i > 0) at += (-Math.log(1 - uniform(SEED, ARRIVALS, i)) / rate) * 1000;
    return at;
  });
}

interface Answered {
  readonly tokens: readonly number[];
  /** by `performance.now` */
  readonly firstAt: number;
  readonly endedAt: number;
}

/** @param serve submits a request to the engine when it has arrived */
export async function serveStream(
  requests: readonly StreamRequest[],
  arriveAt: readonly number[],
  serve: (request: StreamRequest) => Promise<Answered>,
): Promise<AnsweredStream> {
  const began = performance.now();
  const answers: Promise<ServedRequest>[] = [];
  for (const [i, request] of requests.entries()) {
    const arrived = began + arriveAt[i]!;
    const wait = arrived - performance.now();
    if (wait > 0) await sleep(wait);
    const served = serve(request).then(({ tokens, firstAt, endedAt }) => ({
      tokens,
      ttftMs: firstAt - arrived,
      latencyMs: endedAt - arrived,
    }));
    served.catch(() => {}); // awaited below
    answers.push(served);
  }
  const served = await Promise.all(answers);
  return { requests: served, seconds: (performance.now() - began) / 1000 };
}

/** Each request starts when it arrives, together with those that run. */
export const continuousServer =
  (engine: Engine) =>
  (request: StreamRequest): Promise<Answered> =>
    answered(engine, request);

/** Requests wait until the longest answer of the running batch has ended; then up to `batchSize` start together. */
export function staticServer(
  engine: Engine,
  batchSize: number,
): (request: StreamRequest) => Promise<Answered> {
  const waiting: { request: StreamRequest; take: (answer: Promise<Answered>) => void }[] = [];
  let running = false;
  const runBatches = async (): Promise<void> => {
    running = true;
    await Promise.resolve(); // requests that arrive together start together
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchSize).map(({ request, take }) => {
        const answer = answered(engine, request);
        take(answer);
        return answer;
      });
      await Promise.allSettled(batch);
    }
    running = false;
  };
  return (request) =>
    new Promise<Answered>((take, fail) => {
      waiting.push({ request, take });
      if (!running) runBatches().catch(fail);
    });
}

async function answered(engine: Engine, { prompt, answer }: StreamRequest): Promise<Answered> {
  const started = performance.now();
  const { tokens, ttftMs, totalMs } = await timedAnswer(engine, prompt, answer);
  return { tokens, firstAt: started + ttftMs, endedAt: started + totalMs };
}
