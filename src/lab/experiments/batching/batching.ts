// Static against continuous batching: throughput and latency as requests come faster (Yu et al. 2022, Orca).

import type { Engine } from '../../../engine/engine.ts';
import type { Experiment } from '../../experiment.ts';
import type { Findings } from '../../findings.ts';
import type { LabBench } from '../../lab-bench.ts';
import { passageTokens } from '../../passage.ts';
import { formatNumber } from '../../report/format-cell.ts';
import { median, ratioInterval } from '../../statistics.ts';
import { text } from '../../text.ts';
import { reportLoad } from './batching-report.ts';
import { KnownAnswers } from './known-answers.ts';
import {
  BATCHING_NAMES,
  BATCHINGS,
  type Batching,
  goodput,
  type LoadPoint,
  latency,
  requestsPerSecond,
  spokenShare,
  tokensPerSecond,
} from './load-point.ts';
import {
  arrivals,
  continuousServer,
  type ServedStream,
  type StreamRequest,
  serveStream,
  staticServer,
  streamRequests,
} from './request-stream.ts';

const BATCH = 8;
const LOADS = [0.25, 0.5, 0.75, 1, 1.25];
const MOST_REQUESTS = 1000;
const LEAST_REQUESTS = BATCH;
const GOOD = 5; // times the median latency alone
const NOTABLE = 1.2;
const DRIFT = 1.25;

interface Ground {
  readonly bench: LabBench;
  readonly engine: Engine;
  readonly requests: readonly StreamRequest[];
  readonly answers: KnownAnswers;
}

export const batching: Experiment = {
  name: 'batching',
  title: text('Static and continuous batching', '静态批处理与连续批处理'),
  question: text(
    'How do throughput and latency change as requests come faster, when batches end together and when each place is filled at once?',
    '请求越来越密时，整批结束再换批与空位立即补上，吞吐量和延迟各有什么变化？',
  ),
  expected: text(
    'Continuous batching answers more requests a second and each of them sooner, because a static batch lasts as long as its longest answer while its other places stand empty, and whoever arrives meanwhile waits; the tokens of a request are the same alone and in any batch.',
    '连续批处理每秒完成的请求更多、每个请求也更快，因为静态批要等最长的回答结束，期间空位闲置，新到的请求只能等待；每个请求的词元单独运行与在任何批中都相同。',
  ),
  async run(bench, findings) {
    const engine = await bench.engine({ maxRunning: BATCH, maxWaiting: MOST_REQUESTS });
    const words = await passageTokens(engine, 512);
    const lengths = bench.size(
      { prompt: { low: 16, high: 128 }, answer: { low: 8, high: 96 } },
      { prompt: { low: 8, high: 32 }, answer: { low: 4, high: 16 } },
    );
    const requests = streamRequests(MOST_REQUESTS, words, lengths);
    const ground = { bench, engine, requests, answers: new KnownAnswers() };
    const alone = await playAlone(ground, bench.size(8, 3));
    const limitMs = GOOD * median(alone.map(({ requests: [one] }) => one!.latencyMs));
    const together = bench.size(4 * BATCH, BATCH);
    const capacity = await measureCapacity(ground, findings, together, alone);
    const points = await climb(ground, findings, capacity, limitMs);
    const afterwards = requestsPerSecond(
      await play(ground, 'continuous', together, Number.POSITIVE_INFINITY),
    );
    concludeAnswers(findings, ground.answers);
    conclude(findings, points, limitMs);
    concludeDrift(findings, capacity, afterwards);
  },
};

/** One request after the other: what each answer must be in any batch. */
async function playAlone(
  { bench, engine, requests, answers }: Ground,
  count: number,
): Promise<ServedStream[]> {
  const streams: ServedStream[] = [];
  for (const [i, request] of requests.slice(0, count).entries()) {
    bench.check();
    const stream = await serveStream([request], [0], continuousServer(engine));
    answers.learn(i, stream.requests[0]!.tokens);
    streams.push(stream);
  }
  return streams;
}

async function play(
  { bench, engine, requests, answers }: Ground,
  how: Batching,
  count: number,
  rate: number,
): Promise<ServedStream> {
  const serve = how === 'static' ? staticServer(engine, BATCH) : continuousServer(engine);
  const stream = await serveStream(requests.slice(0, count), arrivals(count, rate), (request) => {
    bench.check();
    return serve(request);
  });
  for (const [i, { tokens }] of stream.requests.entries()) answers.compare(i, tokens);
  return stream;
}

/** A closed loop: as many requests as there are, at once. @returns requests a second with continuous batching */
async function measureCapacity(
  ground: Ground,
  findings: Findings,
  count: number,
  alone: readonly ServedStream[],
): Promise<number> {
  const { bench } = ground;
  const found: Record<Batching, ServedStream[]> = { static: [], continuous: [] };
  const repetitions = bench.size(Math.min(3, bench.repetitions), 1);
  await play(ground, 'continuous', count, Number.POSITIVE_INFINITY); // does not count: it warms up
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const how of inTurn(repetition)) {
      bench.check();
      const stream = await play(ground, how, count, Number.POSITIVE_INFINITY);
      found[how].push(stream);
      findings.sample(
        {
          name: `${how}: capacity, ${count} requests`,
          title: text(`${BATCHING_NAMES[how].en}: capacity`, `${BATCHING_NAMES[how].zh}：容量`),
          unit: 'tokens/s',
          better: 'higher',
        },
        tokensPerSecond(stream),
      );
    }
  concludeCapacity(findings, count, {
    alone: median(alone.map(tokensPerSecond)),
    static: found.static.map(tokensPerSecond),
    continuous: found.continuous.map(tokensPerSecond),
  });
  return median(found.continuous.map(requestsPerSecond));
}

async function climb(
  ground: Ground,
  findings: Findings,
  capacity: number,
  limitMs: number,
): Promise<LoadPoint[]> {
  const { bench } = ground;
  const loads = bench.size(LOADS, [0.5, 1]);
  const seconds = bench.size(4, 0.5);
  const points: LoadPoint[] = [];
  for (const [i, load] of loads.entries())
    for (const how of inTurn(i)) {
      bench.progress(points.length, loads.length * BATCHINGS.length);
      const rate = load * capacity;
      const count = Math.max(LEAST_REQUESTS, Math.min(MOST_REQUESTS, Math.round(rate * seconds)));
      points.push({ batching: how, load, rate, stream: await play(ground, how, count, rate) });
      const sorted = points.toSorted((a, b) => a.load - b.load || order(a) - order(b));
      reportLoad(findings, sorted, limitMs);
    }
  return points;
}

/** Which goes first alternates, so that a machine whose speed drifts favours neither. */
const inTurn = (round: number): readonly Batching[] => (round % 2 === 0 ? BATCHINGS : BATCHINGS.toReversed());
const order = ({ batching: how }: LoadPoint): number => BATCHINGS.indexOf(how);

function concludeCapacity(
  findings: Findings,
  count: number,
  rates: { alone: number; static: readonly number[]; continuous: readonly number[] },
): void {
  const f = formatNumber;
  const [fixed, continuous] = [median(rates.static), median(rates.continuous)];
  findings.see(
    text(
      `${count} requests that are all there at once give ${f(continuous)} tokens/s with continuous and ${f(fixed)} with static batches of ${BATCH}: ${f(continuous / fixed)} times as many. One request after the other gives ${f(rates.alone)}.`,
      `${count} 个请求同时到达时，连续批处理每秒 ${f(continuous)} 个词元，大小为 ${BATCH} 的静态批处理为 ${f(fixed)} 个：前者是后者的 ${f(continuous / fixed)} 倍。逐个处理请求时为 ${f(rates.alone)} 个。`,
    ),
  );
  if (continuous / fixed >= NOTABLE) return;
  const { low, high } = ratioInterval(rates.static, rates.continuous);
  findings.part(
    text(
      `The gain in throughput was small or not there: ${f(continuous / fixed)} times, ${f(low)} to ${f(high)} (95 % interval) over ${rates.static.length} runs of each in turns.`,
      `吞吐量的提升很小或没有：连续批处理是静态批处理的 ${f(continuous / fixed)} 倍，各交替运行 ${rates.static.length} 次，95 % 区间为 ${f(low)} 至 ${f(high)}。`,
    ),
  );
}

function concludeAnswers(findings: Findings, { compared, alone, differing }: KnownAnswers): void {
  findings.table({
    name: 'correct',
    title: text('The same tokens in every batch', '任何批中的词元都相同'),
    columns: [
      { title: text('requests computed alone', '单独计算的请求') },
      { title: text('answers compared', '比较的回答数') },
      { title: text('differing', '不同') },
      { title: text('tokens equal', '词元相同') },
    ],
    rows: [[alone, compared, differing, differing === 0]],
  });
  if (differing > 0)
    findings.part(
      text(
        `${differing} of ${compared} answers changed with the batch, which must not be: please report it.`,
        `${compared} 个回答中有 ${differing} 个随批而变，这不应发生：请报告。`,
      ),
    );
}

function conclude(findings: Findings, points: readonly LoadPoint[], limitMs: number): void {
  const f = formatNumber;
  const worse: number[] = [];
  for (const load of new Set(points.map((point) => point.load))) {
    const [fixed, continuous] = BATCHINGS.map(
      (how) => points.find((point) => point.load === load && point.batching === how)!.stream,
    );
    const n = continuous!.requests.length;
    const share = spokenShare(n);
    const within = (stream: ServedStream, what: 'ttftMs' | 'latencyMs'): number =>
      latency(stream, what, share);
    if (within(continuous!, 'latencyMs') > NOTABLE * within(fixed!, 'latencyMs')) worse.push(load);
    if (load !== 0.5 && load !== 1) continue;
    const percent = Math.round(100 * load);
    findings.see(
      text(
        `At ${percent} % of capacity (n = ${n} requests) ${100 * share} % of the requests have their first token within ${f(within(continuous!, 'ttftMs'))} ms and their answer within ${f(within(continuous!, 'latencyMs'))} ms with continuous batching; with static ${f(within(fixed!, 'ttftMs'))} and ${f(within(fixed!, 'latencyMs'))} ms. Within ${f(Math.round(limitMs))} ms ${f(goodput(continuous!, limitMs))} requests a second are answered, with static ${f(goodput(fixed!, limitMs))}.`,
        `负载为容量的 ${percent} % 时（n = ${n} 个请求），连续批处理下 ${100 * share} % 的请求在 ${f(within(continuous!, 'ttftMs'))} 毫秒内得到首个词元、${f(within(continuous!, 'latencyMs'))} 毫秒内得到完整回答；静态批处理分别为 ${f(within(fixed!, 'ttftMs'))} 和 ${f(within(fixed!, 'latencyMs'))} 毫秒。${f(Math.round(limitMs))} 毫秒内完成的请求每秒 ${f(goodput(continuous!, limitMs))} 个，静态为 ${f(goodput(fixed!, limitMs))} 个。`,
      ),
    );
  }
  if (worse.length > 0) {
    const loads = worse.map((load) => `${Math.round(100 * load)} %`);
    findings.part(
      text(
        `At a load of ${loads.join(', ')} static batching had the lower latency (p95, or the median of fewer than 20 requests).`,
        `负载为 ${loads.join('、')} 时，静态批处理的延迟反而更低（取 p95，不足 20 个请求时取中位数）。`,
      ),
    );
  }
}

// Rates are shares of what the machine could do at the beginning: where it has others to serve, that changes.
function concludeDrift(findings: Findings, before: number, after: number): void {
  if (Math.max(before / after, after / before) < DRIFT) return;
  const f = formatNumber;
  findings.part(
    text(
      `The machine did not keep its speed: the capacity was ${f(before)} requests a second before and ${f(after)} after, so the loads are not what they say, and the rates of two lines may not compare.`,
      `机器的速度没有保持稳定：容量在测量前为每秒 ${f(before)} 个请求，之后为 ${f(after)} 个，因此负载与标称不符，两条曲线未必可比。`,
    ),
  );
}
