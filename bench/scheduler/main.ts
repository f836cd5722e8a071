// `npm run bench:scheduler`: simulates the scheduler and the cache under server load, and prints tables. The trace has
// 100,000 requests, or N with `--requests N`.

import { rankByArrival, rankByPriority } from '../../src/scheduler/policies.ts';
import { hitRate, infiniteHitRate, peakWorkingSet, perConversationHitRate } from './baselines.ts';
import { measurePlanningCost } from './planning-cost.ts';
import { type ServedRequest, type Simulation, simulate } from './simulate.ts';
import { type Conversation, makeTrace } from './trace.ts';

const flag = process.argv.indexOf('--requests');
const REQUESTS = flag < 0 ? 100_000 : Number(process.argv[flag + 1]);
const LOAD = 0.8;
const UNLIMITED_TOKENS = 4_000_000; // more than the working set of any load that the machine can serve

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const started = performance.now();

const capacity = await measureCapacity();
const trace = makeTrace({ requests: REQUESTS, seed: 1, rate: rateAt(LOAD, capacity) });
print(`${REQUESTS.toLocaleString('en')} requests in ${trace.length.toLocaleString('en')} conversations`);
print(`capacity ${capacity.toFixed(0)} generated tokens per second; load ${LOAD}`);

const unlimited = await timed('unlimited memory', () => simulate(trace, { poolTokens: UNLIMITED_TOKENS }));
const thinkTimes = trace.flatMap(({ turns }) => turns.slice(1).map(({ thinkMs }) => thinkMs));
const windowMs = percentile(thinkTimes, 0.99);
const peak = peakWorkingSet(trace, unlimited.requests, windowMs);
print(
  `\nPeak working set within ${seconds(windowMs)} (99th percentile of the think time): ${peak.toLocaleString('en')} tokens.`,
);
print('Prompt tokens found in the cache:');
print('pool    this cache   per conversation, LRU  unlimited memory     preemptions   recomputed');
let fullPoolRequests: readonly ServedRequest[] = [];
for (const share of [0.25, 0.5, 1]) {
  const poolTokens = Math.round(share * peak);
  const { requests } = await simulate(trace, { poolTokens });
  fullPoolRequests = requests; // of the last share, 1
  const columns = [
    percent(share).replace('.0', '').padEnd(8),
    percent(hitRate(requests)).padEnd(13),
    percent(perConversationHitRate(trace, requests, poolTokens)).padEnd(23),
    percent(infiniteHitRate(trace, requests)).padEnd(21),
    String(sum(requests, ({ preemptions }) => preemptions)).padEnd(14),
    percent(recomputedShare(requests)),
  ];
  print(columns.join(''));
}

print('\nScheduling with a pool of 100 %. A tenth of the conversations has priority 1.');
print('load  policy      priority  wait p50   p99       largest   first token p50  p99       tokens/s');
for (const load of [LOAD, 0.95]) {
  const loadTrace = makeTrace({
    requests: Math.min(REQUESTS, 30_000),
    seed: 2,
    rate: rateAt(load, capacity),
  });
  for (const [name, rank] of [
    ['first-come', rankByArrival],
    ['priority', rankByPriority()],
  ] as const) {
    const run = await simulate(loadTrace, { poolTokens: peak, rank });
    for (const priority of [1, 0]) printLatency(load, name, priority, run);
  }
}
const serviceMs = median(fullPoolRequests.map(({ startedAt, endedAt }) => endedAt - startedAt));
const longestWait = fullPoolRequests.reduce(
  (longest, { startedAt, arrivedAt }) => Math.max(longest, startedAt - arrivedAt),
  0,
);
print(
  `\nLongest wait at load ${LOAD}, pool of 100 %: ${seconds(longestWait)}, ${(longestWait / serviceMs).toFixed(2)} x the median service time (${seconds(serviceMs)})`,
);

await compareCachePolicies();
print('');
for (const running of [16, 256]) {
  const { planMicros, acceptMicros } = measurePlanningCost(running);
  print(
    `Planning with ${running} running sequences: ${planMicros.toFixed(2)} us per sequence and step; accepting the result: ${acceptMicros.toFixed(2)} us`,
  );
}
print(`\nTotal time ${seconds(performance.now() - started)}`);

/** Returns the number of generated tokens per second when requests are always waiting. */
async function measureCapacity(): Promise<number> {
  const saturatingTrace = makeTrace({ requests: 4000, seed: 9, rate: 1000 });
  const { requests, machineMs } = await simulate(saturatingTrace, { poolTokens: UNLIMITED_TOKENS });
  return (1000 * sum(requests, ({ generatedTokens }) => generatedTokens)) / machineMs;
}

/** Returns the arrival rate, in conversations per second, for a load relative to the capacity. */
function rateAt(load: number, tokensPerSecond: number): number {
  const sample = makeTrace({ requests: 20_000, seed: 1, rate: 1 });
  const answerTokens = sample.reduce(
    (total, { turns }) => turns.reduce((sum, turn) => sum + turn.answerTokens, total),
    0,
  );
  return (load * tokensPerSecond) / (answerTokens / sample.length);
}

// Prints a table of the cache policies with the same memory. The shares of used memory can be compared with those of the
// PagedAttention paper.
async function compareCachePolicies(): Promise<void> {
  const shortTrace: Conversation[] = makeTrace({ requests: 300, seed: 3, rate: rateAt(LOAD / 2, capacity) });
  print(
    '\nCache policies with 300 requests and the same memory. Used: share of the memory reserved for running sequences.',
  );
  print('policy       found     used      waste/sequence     tokens/s   total time');
  for (const policy of ['none', 'contiguous', 'paged'] as const) {
    let reserved = 0;
    let used = 0;
    let sequences = 0;
    const run = await simulate(shortTrace, {
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
    print(columns.join(''));
  }
  print('Kwon et al. (SOSP 2023, figure 2): 20 to 38 % use in contiguous systems, over 96 % with paging.');
}

/** Returns the share of computed tokens that were recomputed after a preemption. */
function recomputedShare(requests: readonly ServedRequest[]): number {
  const requiredTokens = ({ promptTokens, cachedTokens, generatedTokens }: ServedRequest): number =>
    promptTokens - cachedTokens + generatedTokens - 1;
  const computed = sum(requests, ({ computedTokens }) => computedTokens);
  return (computed - sum(requests, requiredTokens)) / computed;
}

function printLatency(load: number, policy: string, priority: number, run: Simulation): void {
  const requests = run.requests.filter((request) => request.priority === priority);
  const waits = requests.map(({ startedAt, arrivedAt }) => startedAt - arrivedAt);
  const firstTokenTimes = requests.map(({ firstTokenAt, arrivedAt }) => firstTokenAt - arrivedAt);
  const generated = sum(run.requests, ({ generatedTokens }) => generatedTokens);
  const columns = [
    String(load).padEnd(6),
    policy.padEnd(12),
    String(priority).padEnd(10),
    seconds(median(waits)).padEnd(11),
    seconds(percentile(waits, 0.99)).padEnd(10),
    seconds(percentile(waits, 1)).padEnd(10),
    seconds(median(firstTokenTimes)).padEnd(17),
    seconds(percentile(firstTokenTimes, 0.99)).padEnd(10),
    ((1000 * generated) / run.machineMs).toFixed(0),
  ];
  print(columns.join(''));
}

async function timed<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const result = await run();
  print(`${name}: simulated in ${seconds(performance.now() - start)}`);
  return result;
}

function sum(requests: readonly ServedRequest[], value: (request: ServedRequest) => number): number {
  return requests.reduce((total, request) => total + value(request), 0);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function print(line: string): void {
  console.log(line);
}
