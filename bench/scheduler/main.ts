// `npm run bench:scheduler`: simulates the scheduler and the cache under server load and prints tables. `--requests N`
// shortens the trace from 100,000 requests.

import { rankByArrival, rankByPriority } from '../../src/scheduler/policies.ts';
import { hitRate, infiniteHitRate, peakWorkingSet, wholeRequestHitRate } from './baselines.ts';
import { planningCost } from './planning-cost.ts';
import { type ServedRequest, type Simulation, simulate } from './simulate.ts';
import { type Conversation, makeTrace } from './trace.ts';

const flag = process.argv.indexOf('--requests');
const REQUESTS = flag < 0 ? 100_000 : Number(process.argv[flag + 1]);
const LOAD = 0.8;
const AMPLE_TOKENS = 4_000_000; // more than the working set of any load that the machine can serve

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const started = performance.now();

const capacity = await measureCapacity();
const trace = makeTrace({ requests: REQUESTS, seed: 1, rate: rateAt(LOAD, capacity) });
say(`${REQUESTS.toLocaleString('en')} requests in ${trace.length.toLocaleString('en')} conversations`);
say(`capacity ${capacity.toFixed(0)} generated tokens per second; load ${LOAD}`);

const ample = await timed('unlimited memory', () => simulate(trace, { poolTokens: AMPLE_TOKENS }));
const thinking = trace.flatMap(({ turns }) => turns.slice(1).map(({ thinkMs }) => thinkMs));
const windowMs = percentile(thinking, 0.99);
const peak = peakWorkingSet(trace, ample.requests, windowMs);
say(
  `\nPeak working set within ${seconds(windowMs)} (99th percentile of the think time): ${peak.toLocaleString('en')} tokens.`,
);
say('Prompt tokens found in the cache:');
say('pool    this cache   whole requests, LRU   unlimited memory     preemptions   recomputed');
let whole: readonly ServedRequest[] = [];
for (const share of [0.25, 0.5, 1]) {
  const poolTokens = Math.round(share * peak);
  const { requests } = await simulate(trace, { poolTokens });
  whole = requests;
  const columns = [
    percent(share).replace('.0', '').padEnd(8),
    percent(hitRate(requests)).padEnd(13),
    percent(wholeRequestHitRate(trace, requests, poolTokens)).padEnd(22),
    percent(infiniteHitRate(trace, requests)).padEnd(21),
    String(sum(requests, ({ preemptions }) => preemptions)).padEnd(14),
    percent(recomputed(requests)),
  ];
  say(columns.join(''));
}

say('\nScheduling with a pool of 100 %. A tenth of the conversations has priority 1.');
say('load  policy      priority  wait p50   p99       largest   first token p50  p99       tokens/s');
for (const load of [LOAD, 0.95]) {
  const loaded = makeTrace({ requests: Math.min(REQUESTS, 30_000), seed: 2, rate: rateAt(load, capacity) });
  for (const [name, rank] of [
    ['first-come', rankByArrival],
    ['priority', rankByPriority()],
  ] as const) {
    const run = await simulate(loaded, { poolTokens: peak, rank });
    for (const priority of [1, 0]) latencyLine(load, name, priority, run);
  }
}
const service = median(whole.map(({ startedAt, endedAt }) => endedAt - startedAt));
const longest = whole.reduce((most, { startedAt, arrivedAt }) => Math.max(most, startedAt - arrivedAt), 0);
say(
  `\nLongest wait at load ${LOAD}, pool of 100 %: ${seconds(longest)}, ${(longest / service).toFixed(2)} x the median service time (${seconds(service)})`,
);

await cachePolicies();
say('');
for (const running of [16, 256]) {
  const { planMicros, acceptMicros } = planningCost(running);
  say(
    `Planning with ${running} running: ${planMicros.toFixed(2)} us per sequence and step, accepting ${acceptMicros.toFixed(2)} us`,
  );
}
say(`\nTotal time ${seconds(performance.now() - started)}`);

/** Returns generated tokens per second under saturation: requests are always waiting. */
async function measureCapacity(): Promise<number> {
  const crowd = makeTrace({ requests: 4000, seed: 9, rate: 1000 });
  const { requests, machineMs } = await simulate(crowd, { poolTokens: AMPLE_TOKENS });
  return (1000 * sum(requests, ({ generatedTokens }) => generatedTokens)) / machineMs;
}

/** Returns the arrival rate, in conversations per second, for a load relative to the capacity. */
function rateAt(load: number, tokensPerSecond: number): number {
  const sample = makeTrace({ requests: 20_000, seed: 1, rate: 1 });
  const answered = sample.reduce(
    (all, { turns }) => all + turns.reduce((s, turn) => s + turn.answerTokens, 0),
    0,
  );
  return (load * tokensPerSecond) / (answered / sample.length);
}

// Each cache policy with the same memory; the shares of used memory can be compared with those of the PagedAttention paper.
async function cachePolicies(): Promise<void> {
  const some: Conversation[] = makeTrace({ requests: 300, seed: 3, rate: rateAt(LOAD / 2, capacity) });
  say(
    '\nCache policies with 300 requests and the same memory. Used: share of the memory reserved for running sequences.',
  );
  say('policy       found     used      waste/sequence     tokens/s   total time');
  for (const policy of ['none', 'contiguous', 'paged'] as const) {
    let reserved = 0;
    let used = 0;
    let sequences = 0;
    const run = await simulate(some, {
      policy,
      poolTokens: 64 * 4096,
      onUsage: (usage, running) => {
        sequences += running;
        reserved += usage.reservedTokens;
        used += usage.usedTokens;
      },
    });
    const generated = sum(run.requests, ({ generatedTokens }) => generatedTokens);
    const columns = [
      policy.padEnd(13),
      percent(hitRate(run.requests)).padEnd(10),
      percent(used / reserved).padEnd(10),
      `${((reserved - used) / sequences).toFixed(1)} tokens`.padEnd(19),
      ((1000 * generated) / run.machineMs).toFixed(0).padEnd(11),
      seconds(run.machineMs),
    ];
    say(columns.join(''));
  }
  say('Kwon et al. (SOSP 2023, figure 2): 20 to 38 % use in contiguous systems, over 96 % with paging.');
}

/** Returns the share of computed tokens that were recomputed after a preemption. */
function recomputed(requests: readonly ServedRequest[]): number {
  const needed = ({ promptTokens, cachedTokens, generatedTokens }: ServedRequest): number =>
    promptTokens - cachedTokens + generatedTokens - 1;
  const computed = sum(requests, ({ computedTokens }) => computedTokens);
  return (computed - sum(requests, needed)) / computed;
}

function latencyLine(load: number, policy: string, priority: number, run: Simulation): void {
  const own = run.requests.filter((request) => request.priority === priority);
  const waits = own.map(({ startedAt, arrivedAt }) => startedAt - arrivedAt);
  const firsts = own.map(({ firstTokenAt, arrivedAt }) => firstTokenAt - arrivedAt);
  const all = sum(run.requests, ({ generatedTokens }) => generatedTokens);
  const columns = [
    String(load).padEnd(6),
    policy.padEnd(12),
    String(priority).padEnd(10),
    seconds(median(waits)).padEnd(11),
    seconds(percentile(waits, 0.99)).padEnd(10),
    seconds(percentile(waits, 1)).padEnd(10),
    seconds(median(firsts)).padEnd(17),
    seconds(percentile(firsts, 0.99)).padEnd(10),
    ((1000 * all) / run.machineMs).toFixed(0),
  ];
  say(columns.join(''));
}

async function timed<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const result = await run();
  say(`${name}: simulated in ${seconds(performance.now() - began)}`);
  return result;
}

function sum(requests: readonly ServedRequest[], value: (request: ServedRequest) => number): number {
  return requests.reduce((all, request) => all + value(request), 0);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function say(line: string): void {
  console.log(line);
}
