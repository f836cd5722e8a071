// Requests that arrive by themselves (Poisson) and wait for nobody: an open loop, served by one engine. Latencies count
// from when a request was to arrive, so that a server which falls behind cannot hide it.

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

export interface ServedStream {
  readonly requests: readonly ServedRequest[];
  /** from the first arrival to the last answer */
  readonly seconds: number;
}

/** Whole numbers from `low` to `high`, each as likely. */
export interface WholeRange {
  readonly low: number;
  readonly high: number;
}

const SEED = 23;
// What is drawn.
const PROMPTS = 0;
const ANSWERS = 1;
const ARRIVALS = 2;

/** The same requests every time; each begins elsewhere in `words`. */
export function streamRequests(
  count: number,
  words: readonly number[],
  { prompt, answer }: { prompt: WholeRange; answer: WholeRange },
): StreamRequest[] {
  const draw = ({ low, high }: WholeRange, what: number, i: number): number =>
    low + Math.floor(uniform(SEED, what, i) * (high - low + 1));
  return Array.from({ length: count }, (_, i) => {
    const length = draw(prompt, PROMPTS, i);
    const from = (i * 7) % Math.max(1, words.length - prompt.high);
    return { prompt: words.slice(from, from + length), answer: draw(answer, ANSWERS, i) };
  });
}

/** Milliseconds at which requests arrive, from 0. @param rate a second; infinite for all at once */
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

/** @param serve gives a request to the engine when it has arrived */
export async function serveStream(
  requests: readonly StreamRequest[],
  arriveAt: readonly number[],
  serve: (request: StreamRequest) => Promise<Answered>,
): Promise<ServedStream> {
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
    served.catch(() => {}); // seen below
    answers.push(served);
  }
  const served = await Promise.all(answers);
  return { requests: served, seconds: (performance.now() - began) / 1000 };
}

/** Each request starts when it arrives, beside those that run. */
export const continuousServer =
  (engine: Engine) =>
  (request: StreamRequest): Promise<Answered> =>
    answered(engine, request);

/** Requests wait for the batch that runs to end, the longest answer in it included; then so many start together. */
export function staticServer(engine: Engine, most: number): (request: StreamRequest) => Promise<Answered> {
  const waiting: { request: StreamRequest; take: (answer: Promise<Answered>) => void }[] = [];
  let running = false;
  const runBatches = async (): Promise<void> => {
    running = true;
    await Promise.resolve(); // requests that arrive together start together
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most).map(({ request, take }) => {
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
