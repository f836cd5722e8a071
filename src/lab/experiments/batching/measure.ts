// The measurement of `batching`.

import type { Engine } from '../../../engine/engine.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { median } from '../../statistics.ts';
import { BATCHINGS, type Batching, type BatchingData, type LoadPoint, type ServedStream } from './data.ts';
import { KnownAnswers } from './known-answers.ts';
import {
  type AnsweredStream,
  arrivals,
  continuousServer,
  type StreamRequest,
  serveStream,
  staticServer,
  streamRequests,
} from './request-stream.ts';
import { requestsPerSecond } from './stream-metrics.ts';

const BATCH_SIZE = 8;
const LOADS = [0.25, 0.5, 0.75, 1, 1.25];
const MOST_REQUESTS = 1000;
const GOOD = 5; // times the median latency of a request alone
const AT_ONCE = Number.POSITIVE_INFINITY; // requests per second

export async function measureBatching(
  bench: LabBench,
  record: RecordData<BatchingData>,
): Promise<BatchingData> {
  const engine = await bench.engine({ maxRunning: BATCH_SIZE, maxWaiting: MOST_REQUESTS });
  const passage = await passageTokens(engine, 512);
  const lengths = bench.size(
    { prompt: { low: 16, high: 128 }, answer: { low: 8, high: 96 } },
    { prompt: { low: 8, high: 32 }, answer: { low: 4, high: 16 } },
  );
  const server = new Server(bench, engine, streamRequests(MOST_REQUESTS, passage, lengths));
  const alone = await server.serveAlone(bench.size(8, 3));
  const data: BatchingData = {
    batchSize: BATCH_SIZE,
    limitMs: GOOD * median(alone.map(({ requests: [one] }) => one!.latencyMs)),
    ...{ alone, points: [] },
    answers: server.answerCounts,
  };
  record(data);
  const atOnce = bench.size(4 * BATCH_SIZE, BATCH_SIZE);
  data.capacity = await measureCapacity(bench, server, atOnce);
  await measureLoads(bench, server, data, median(data.capacity.continuous.map(requestsPerSecond)));
  data.capacityAfter = await server.serve('continuous', atOnce, AT_ONCE);
  data.answers = server.answerCounts;
  return data;
}

/** Serves streams of the same requests and compares the answers. */
class Server {
  readonly #bench: LabBench;
  readonly #engine: Engine;
  readonly #requests: readonly StreamRequest[];
  readonly #answers = new KnownAnswers();

  constructor(bench: LabBench, engine: Engine, requests: readonly StreamRequest[]) {
    this.#bench = bench;
    this.#engine = engine;
    this.#requests = requests;
  }

  get answerCounts(): BatchingData['answers'] {
    const { alone, compared, differing } = this.#answers;
    return { alone, compared, differing };
  }

  /** One request after the other: the answers that every batch must give. */
  async serveAlone(count: number): Promise<ServedStream[]> {
    const streams: ServedStream[] = [];
    for (const [i, request] of this.#requests.slice(0, count).entries()) {
      this.#bench.check();
      const stream = await serveStream([request], [0], continuousServer(this.#engine));
      this.#answers.store(i, stream.requests[0]!.tokens);
      streams.push(countTokens(stream));
    }
    return streams;
  }

  async serve(batching: Batching, count: number, rate: number): Promise<ServedStream> {
    const serve =
      batching === 'static' ? staticServer(this.#engine, BATCH_SIZE) : continuousServer(this.#engine);
    const requests = this.#requests.slice(0, count);
    const stream = await serveStream(requests, arrivals(count, rate), (request) => {
      this.#bench.check();
      return serve(request);
    });
    for (const [i, { tokens }] of stream.requests.entries()) this.#answers.compare(i, tokens);
    return countTokens(stream);
  }
}

const countTokens = ({ requests, seconds }: AnsweredStream): ServedStream => ({
  requests: requests.map(({ tokens, ...delays }) => ({ tokens: tokens.length, ...delays })),
  seconds,
});

async function measureCapacity(
  bench: LabBench,
  server: Server,
  count: number,
): Promise<Record<Batching, ServedStream[]>> {
  const streams: Record<Batching, ServedStream[]> = { static: [], continuous: [] };
  const repetitions = bench.size(Math.min(3, bench.repetitions), 1);
  await server.serve('continuous', count, AT_ONCE); // warms up
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const batching of inTurns(repetition)) {
      bench.check();
      streams[batching].push(await server.serve(batching, count, AT_ONCE));
    }
  return streams;
}

/** @param capacity requests per second */
async function measureLoads(
  bench: LabBench,
  server: Server,
  data: BatchingData,
  capacity: number,
): Promise<void> {
  const loads = bench.size(LOADS, [0.5, 1]);
  const seconds = bench.size(4, 0.5);
  for (const [i, load] of loads.entries())
    for (const batching of inTurns(i)) {
      bench.progress(data.points.length, loads.length * BATCHINGS.length);
      const rate = load * capacity;
      const count = Math.max(BATCH_SIZE, Math.min(MOST_REQUESTS, Math.round(rate * seconds)));
      const stream = await server.serve(batching, count, rate);
      data.points.push({ batching, load, rate, stream });
      data.points.sort((a, b) => a.load - b.load || order(a) - order(b));
      data.answers = server.answerCounts;
    }
}

/** Alternates the order, so that a machine whose speed drifts favours neither. */
const inTurns = (round: number): readonly Batching[] =>
  round % 2 === 0 ? BATCHINGS : BATCHINGS.toReversed();
const order = ({ batching }: LoadPoint): number => BATCHINGS.indexOf(batching);
