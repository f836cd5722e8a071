// The measurement of the experiment `batching`.

import type { Engine } from '../../../engine/engine.ts';
import type { RecordData } from '../../experiment.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { median } from '../../statistics.ts';
import {
  BATCHING_MODES,
  type BatchingData,
  type BatchingMode,
  type LoadPoint,
  type ServedSeries,
} from './data.ts';
import { KnownAnswers } from './known-answers.ts';
import {
  type AnsweredSeries,
  arrivalTimes,
  continuousServer,
  createRequests,
  type SeriesRequest,
  serveSeries,
  staticServer,
} from './request-series.ts';
import { requestsPerSecond } from './series-metrics.ts';

const BATCH_SIZE = 8;
const LOADS = [0.25, 0.5, 0.75, 1, 1.25];
const MAX_REQUESTS = 1000;
const GOODPUT_LIMIT = 5; // in median latencies of a request that is served alone
const AT_ONCE = Number.POSITIVE_INFINITY; // requests per second

export async function measureBatching(
  bench: LabBench,
  record: RecordData<BatchingData>,
): Promise<BatchingData> {
  const engine = await bench.engine({ maxRunning: BATCH_SIZE, maxWaiting: MAX_REQUESTS });
  const passage = await passageTokens(engine, 512);
  const lengths = bench.fullOrQuick(
    { prompt: { min: 16, max: 128 }, answer: { min: 8, max: 96 } },
    { prompt: { min: 8, max: 32 }, answer: { min: 4, max: 16 } },
  );
  const server = new Server(bench, engine, createRequests(MAX_REQUESTS, passage, lengths));
  const alone = await server.serveAlone(bench.fullOrQuick(8, 3));
  const data: BatchingData = {
    batchSize: BATCH_SIZE,
    limitMs: GOODPUT_LIMIT * median(alone.map(({ requests: [request] }) => request!.latencyMs)),
    ...{ alone, points: [] },
    answers: server.answerCounts,
  };
  record(data);
  const requestCount = bench.fullOrQuick(4 * BATCH_SIZE, BATCH_SIZE);
  data.capacity = await measureCapacity(bench, server, requestCount);
  await measureLoads(bench, server, data, median(data.capacity.continuous.map(requestsPerSecond)));
  data.capacityAfter = await server.serve('continuous', requestCount, AT_ONCE);
  data.answers = server.answerCounts;
  return data;
}

/** Serves several series of the same requests, and compares the answers. */
class Server {
  readonly #bench: LabBench;
  readonly #engine: Engine;
  readonly #requests: readonly SeriesRequest[];
  readonly #answers = new KnownAnswers();

  constructor(bench: LabBench, engine: Engine, requests: readonly SeriesRequest[]) {
    this.#bench = bench;
    this.#engine = engine;
    this.#requests = requests;
  }

  get answerCounts(): BatchingData['answers'] {
    const { aloneCount, comparedCount, differingCount } = this.#answers;
    return { alone: aloneCount, compared: comparedCount, differing: differingCount };
  }

  /** Serves the requests one after another. Every batch must generate the same answers. */
  async serveAlone(count: number): Promise<ServedSeries[]> {
    const seriesList: ServedSeries[] = [];
    for (const [i, request] of this.#requests.slice(0, count).entries()) {
      this.#bench.throwIfAborted();
      const series = await serveSeries([request], [0], continuousServer(this.#engine));
      this.#answers.store(i, series.requests[0]!.tokens);
      seriesList.push(countTokens(series));
    }
    return seriesList;
  }

  async serve(batching: BatchingMode, count: number, rate: number): Promise<ServedSeries> {
    const serve =
      batching === 'static' ? staticServer(this.#engine, BATCH_SIZE) : continuousServer(this.#engine);
    const requests = this.#requests.slice(0, count);
    const series = await serveSeries(requests, arrivalTimes(count, rate), (request) => {
      this.#bench.throwIfAborted();
      return serve(request);
    });
    for (const [i, { tokens }] of series.requests.entries()) this.#answers.compare(i, tokens);
    return countTokens(series);
  }
}

const countTokens = ({ requests, seconds }: AnsweredSeries): ServedSeries => ({
  requests: requests.map(({ tokens, ...delays }) => ({ tokens: tokens.length, ...delays })),
  seconds,
});

async function measureCapacity(
  bench: LabBench,
  server: Server,
  count: number,
): Promise<Record<BatchingMode, ServedSeries[]>> {
  const results: Record<BatchingMode, ServedSeries[]> = { static: [], continuous: [] };
  const repetitions = bench.fullOrQuick(Math.min(3, bench.repetitions), 1);
  await server.serve('continuous', count, AT_ONCE); // warms up
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const batching of batchingOrder(repetition)) {
      bench.throwIfAborted();
      results[batching].push(await server.serve(batching, count, AT_ONCE));
    }
  return results;
}

/** @param capacity requests per second */
async function measureLoads(
  bench: LabBench,
  server: Server,
  data: BatchingData,
  capacity: number,
): Promise<void> {
  const loads = bench.fullOrQuick(LOADS, [0.5, 1]);
  const seconds = bench.fullOrQuick(4, 0.5);
  for (const [i, load] of loads.entries())
    for (const batching of batchingOrder(i)) {
      bench.progress(data.points.length, loads.length * BATCHING_MODES.length);
      const rate = load * capacity;
      const count = Math.max(BATCH_SIZE, Math.min(MAX_REQUESTS, Math.round(rate * seconds)));
      const stream = await server.serve(batching, count, rate);
      data.points.push({ batching, load, rate, stream });
      data.points.sort((a, b) => a.load - b.load || batchingIndex(a) - batchingIndex(b));
      data.answers = server.answerCounts;
    }
}

/** Returns the order of a round. The order alternates, so that a drift of the machine's speed affects both equally. */
const batchingOrder = (round: number): readonly BatchingMode[] =>
  round % 2 === 0 ? BATCHING_MODES : BATCHING_MODES.toReversed();
const batchingIndex = ({ batching }: LoadPoint): number => BATCHING_MODES.indexOf(batching);
