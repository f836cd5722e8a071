// `npm run bench:tier -- MODEL`: whether steps are slower while blocks are written to disk. One long answer is read
// token by token while prompts come and go, whose blocks are what is stored; the same load with and without a disk,
// in turns, on one loaded model.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Engine, loadModel } from '../../src/index.ts';

const TURNS = 4;
const ANSWER = 160; // tokens that are timed
const PROMPT = 192; // tokens of each prompt that comes and goes
const WARM_UP = 16;

interface Round {
  readonly disk: boolean;
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly loopP99Ms: number;
  readonly prompts: number;
  readonly storedBlocks: number;
  readonly storedMegabytes: number;
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
  const onDisk = disk ? { kvDisk: 2 ** 33, kvDiskFolder: folder } : {};
  const engine = await Engine.create(model, { context, ...onDisk });
  const ended = new AbortController();
  let prompts = 0;
  const company = (async () => {
    for (; !ended.signal.aborted; prompts++) {
      await engine.generate({ tokens: freshTokens(PROMPT), maxTokens: 1, temperature: 0 }).result;
    }
  })();
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const gaps: number[] = [];
  let last = 0;
  let count = 0;
  const all = Math.min(ANSWER + WARM_UP, context - 20);
  const request = { tokens: freshTokens(16), maxTokens: all, minTokens: all, temperature: 0, logprobs: 0 };
  for await (const _ of engine.generate(request)) {
    const now = performance.now();
    if (count++ === WARM_UP) loop.enable();
    else if (count > WARM_UP) gaps.push(now - last);
    last = now;
  }
  loop.disable();
  ended.abort();
  const { storedBlocks = 0, usedBytes = 0 } = engine.counters.disk ?? {};
  await company;
  await engine.dispose();
  rmSync(folder, { recursive: true });
  gaps.sort((a, b) => a - b);
  return {
    disk,
    meanMs: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length,
    medianMs: gaps[gaps.length >> 1]!,
    p99Ms: gaps[Math.floor(gaps.length * 0.99)]!,
    loopP99Ms: loop.percentile(99) / 1e6,
    prompts,
    storedBlocks,
    storedMegabytes: usedBytes / 1e6,
  };
}

const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(', ');

await round(false);
const rounds: Round[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  for (const disk of turn % 2 === 0 ? [false, true] : [true, false]) rounds.push(await round(disk));
}
for (const disk of [false, true]) {
  const own = rounds.filter((one) => one.disk === disk);
  console.log(disk ? 'with a disk' : 'without');
  console.log(`  ms between tokens, mean: ${figures(own.map(({ meanMs }) => meanMs))}`);
  console.log(`  median: ${figures(own.map(({ medianMs }) => medianMs))}`);
  console.log(`  99th of a hundred: ${figures(own.map(({ p99Ms }) => p99Ms))}`);
  console.log(`  event loop, 99th: ${figures(own.map(({ loopP99Ms }) => loopP99Ms))}`);
  const stored = own.map(({ storedBlocks, storedMegabytes, prompts }) => {
    return `${storedBlocks} blocks, ${storedMegabytes.toFixed(0)} MB of ${prompts} prompts`;
  });
  if (disk) console.log(`  stored: ${stored.join('; ')}`);
}
console.log(JSON.stringify({ model: model.config.name, rounds }));
model.weights.dispose();
