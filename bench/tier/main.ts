// `npm run bench:tier -- MODEL`: measures whether writing blocks to disk delays engine steps. A long answer is generated
// while short requests produce the blocks to store. Rounds with and without disk alternate on the same loaded model.
// The relevant figure is the overhead per step: the time between the ends of two steps minus the kernel time. Blocks are
// read from KV memory in this time, and other load on the machine affects it least.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Engine, loadModel } from '../../src/index.ts';

const PAIRS = 4; // rounds with and without disk
const ANSWER = 160; // tokens of the long answer
const PROMPT = 192; // tokens of each short request
const WARM_UP = 16; // steps

interface Round {
  readonly disk: boolean;
  readonly steps: number;
  readonly stepMs: number;
  readonly overheadMs: { readonly mean: number; readonly median: number; readonly p99: number };
  readonly loopP99Ms: number;
  readonly storedBlocks: number;
  readonly storedBytes: number;
}

const model = await loadModel({ model: process.argv[2] ?? 'embedded' });
const context = Math.min(model.config.contextLength, 512);
let next = 1;

function freshTokens(count: number): number[] {
  const first = next++;
  const most = model.config.vocabSize;
  return Array.from({ length: count }, (_, i) => (first * 7919 + i * 104_729) % most);
}

async function round(disk: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'quire-bench-tier-'));
  const steps: { endedAt: number; stepMs: number }[] = [];
  const engine = await Engine.create(model, {
    context,
    ...(disk ? { kvDisk: 2 ** 33, kvDiskFolder: folder } : {}),
    onStep: (_, { stepMs }) => steps.push({ endedAt: performance.now(), stepMs }),
  });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const all = Math.min(ANSWER, context - 20);
  const request = { tokens: freshTokens(16), maxTokens: all, minTokens: all, temperature: 0 };
  let answered = false;
  const answer = engine.generate(request).result.then(() => {
    answered = true;
  });
  while (!answered) {
    const prompt = { tokens: freshTokens(PROMPT), maxTokens: 1, temperature: 0 };
    await Promise.race([engine.generate(prompt).result, answer]);
  }
  loop.disable();
  const { storedBlocks = 0, usedBytes = 0 } = engine.counters.disk ?? {};
  await engine.dispose();
  rmSync(folder, { recursive: true });
  const timed = steps.slice(WARM_UP);
  const overhead = timed
    .map(({ endedAt, stepMs }, i) => endedAt - steps[WARM_UP + i - 1]!.endedAt - stepMs)
    .sort((a, b) => a - b);
  const mean = overhead.reduce((sum, ms) => sum + ms, 0) / overhead.length;
  return {
    disk,
    steps: timed.length,
    stepMs: timed.reduce((sum, { stepMs }) => sum + stepMs, 0) / timed.length,
    overheadMs: {
      mean,
      median: overhead[overhead.length >> 1]!,
      p99: overhead[Math.floor(overhead.length * 0.99)]!,
    },
    loopP99Ms: loop.percentile(99) / 1e6,
    storedBlocks,
    storedBytes: usedBytes,
  };
}

const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(', ');

await round(false);
const rounds: Round[] = [];
for (let pair = 0; pair < PAIRS; pair++) {
  for (const disk of pair % 2 === 0 ? [false, true] : [true, false]) rounds.push(await round(disk));
}
for (const disk of [false, true]) {
  const own = rounds.filter((one) => one.disk === disk);
  console.log(disk ? 'with disk, ms' : 'without disk, ms');
  console.log(`  step: ${figures(own.map(({ stepMs }) => stepMs))}`);
  console.log(`  overhead, mean: ${figures(own.map(({ overheadMs }) => overheadMs.mean))}`);
  console.log(`  overhead, median: ${figures(own.map(({ overheadMs }) => overheadMs.median))}`);
  console.log(`  overhead, p99: ${figures(own.map(({ overheadMs }) => overheadMs.p99))}`);
  console.log(`  event-loop delay, p99: ${figures(own.map(({ loopP99Ms }) => loopP99Ms))}`);
  if (!disk) continue;
  const stored = own.map(
    ({ storedBlocks, storedBytes, steps }) =>
      `${storedBlocks} blocks, ${(storedBytes / 1e6).toFixed(0)} MB in ${steps} steps`,
  );
  console.log(`  stored: ${stored.join('; ')}`);
}
console.log(JSON.stringify({ model: model.config.name, rounds }));
model.weights.dispose();
