// `npm run bench:tier -- MODEL`: whether steps are held up while blocks are written to disk. One long answer runs while
// prompts come and go, whose blocks are what is stored; the same load with and without a disk, in turns, on one loaded
// model. What counts is the time around the steps, from the end of one to the end of the next less the kernels' own:
// it is where blocks are read out of KV memory, and other load on the machine moves it least.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Engine, loadModel } from '../../src/index.ts';

const TURNS = 4;
const ANSWER = 160; // tokens of the long answer
const PROMPT = 192; // of each prompt that comes and goes
const WARM_UP = 16; // steps

interface Round {
  readonly disk: boolean;
  readonly steps: number;
  readonly stepMs: number;
  readonly aroundMs: { readonly mean: number; readonly median: number; readonly p99: number };
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
  const around = timed
    .map(({ endedAt, stepMs }, i) => endedAt - steps[WARM_UP + i - 1]!.endedAt - stepMs)
    .sort((a, b) => a - b);
  const mean = around.reduce((sum, ms) => sum + ms, 0) / around.length;
  return {
    disk,
    steps: timed.length,
    stepMs: timed.reduce((sum, { stepMs }) => sum + stepMs, 0) / timed.length,
    aroundMs: { mean, median: around[around.length >> 1]!, p99: around[Math.floor(around.length * 0.99)]! },
    loopP99Ms: loop.percentile(99) / 1e6,
    storedBlocks,
    storedBytes: usedBytes,
  };
}

const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(', ');

await round(false);
const rounds: Round[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  for (const disk of turn % 2 === 0 ? [false, true] : [true, false]) rounds.push(await round(disk));
}
for (const disk of [false, true]) {
  const own = rounds.filter((one) => one.disk === disk);
  console.log(disk ? 'with a disk, ms' : 'without, ms');
  console.log(`  a step: ${figures(own.map(({ stepMs }) => stepMs))}`);
  console.log(`  around it, mean: ${figures(own.map(({ aroundMs }) => aroundMs.mean))}`);
  console.log(`  median: ${figures(own.map(({ aroundMs }) => aroundMs.median))}`);
  console.log(`  99th of a hundred: ${figures(own.map(({ aroundMs }) => aroundMs.p99))}`);
  console.log(`  event loop late, 99th: ${figures(own.map(({ loopP99Ms }) => loopP99Ms))}`);
  if (!disk) continue;
  const stored = own.map(
    ({ storedBlocks, storedBytes, steps }) =>
      `${storedBlocks} blocks, ${(storedBytes / 1e6).toFixed(0)} MB in ${steps} steps`,
  );
  console.log(`  stored: ${stored.join('; ')}`);
}
console.log(JSON.stringify({ model: model.config.name, rounds }));
model.weights.dispose();
