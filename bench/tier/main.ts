// `npm run bench:tier -- MODEL`: measures whether offloading KV blocks to disk delays engine steps. One long answer is
// generated while short requests produce the blocks to store. Rounds with and without offloading alternate on the same
// loaded model. The result is the overhead per step: the time between the ends of two steps minus the kernel time. The
// overhead includes the time to copy the blocks from KV memory. Other load on the machine affects the overhead less
// than the kernel time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Engine, loadModel } from '../../src/index.ts';

const ROUND_PAIRS = 4; // each pair is one round with disk and one without
const ANSWER_TOKENS = 160; // of the long answer
const PROMPT_TOKENS = 192; // of each short request
const WARM_UP_STEPS = 16;

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
let nextSeed = 1;

function pseudoRandomTokens(count: number): number[] {
  const seed = nextSeed++;
  return Array.from({ length: count }, (_, i) => (seed * 7919 + i * 104_729) % model.config.vocabSize);
}

async function runRound(disk: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'quire-bench-tier-'));
  const steps: { endedAt: number; stepMs: number }[] = [];
  const engine = await Engine.create(model, {
    context,
    ...(disk ? { kvDisk: 2 ** 33, kvDiskFolder: folder } : {}),
    onStep: (_, { stepMs }) => steps.push({ endedAt: performance.now(), stepMs }),
  });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const answerTokens = Math.min(ANSWER_TOKENS, context - 20);
  const request = {
    tokens: pseudoRandomTokens(16),
    maxTokens: answerTokens,
    minTokens: answerTokens,
    temperature: 0,
  };
  let hasEnded = false;
  const answer = engine.generate(request).result.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    const shortRequest = { tokens: pseudoRandomTokens(PROMPT_TOKENS), maxTokens: 1, temperature: 0 };
    await Promise.race([engine.generate(shortRequest).result, answer]);
  }
  loop.disable();
  const { storedBlocks = 0, usedBytes = 0 } = engine.counters.disk ?? {};
  await engine.dispose();
  rmSync(folder, { recursive: true });
  const measuredSteps = steps.slice(WARM_UP_STEPS);
  const overhead = measuredSteps
    .map(({ endedAt, stepMs }, i) => endedAt - steps[WARM_UP_STEPS + i - 1]!.endedAt - stepMs)
    .sort((a, b) => a - b);
  const mean = overhead.reduce((sum, ms) => sum + ms, 0) / overhead.length;
  return {
    disk,
    steps: measuredSteps.length,
    stepMs: measuredSteps.reduce((sum, { stepMs }) => sum + stepMs, 0) / measuredSteps.length,
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

const formatAll = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(', ');

await runRound(false); // warm-up
const rounds: Round[] = [];
for (let pair = 0; pair < ROUND_PAIRS; pair++) {
  for (const disk of pair % 2 === 0 ? [false, true] : [true, false]) rounds.push(await runRound(disk));
}
for (const disk of [false, true]) {
  const roundsOfKind = rounds.filter((round) => round.disk === disk);
  console.log(disk ? 'with disk, ms' : 'without disk, ms');
  console.log(`  step: ${formatAll(roundsOfKind.map(({ stepMs }) => stepMs))}`);
  console.log(`  overhead, mean: ${formatAll(roundsOfKind.map(({ overheadMs }) => overheadMs.mean))}`);
  console.log(`  overhead, median: ${formatAll(roundsOfKind.map(({ overheadMs }) => overheadMs.median))}`);
  console.log(`  overhead, p99: ${formatAll(roundsOfKind.map(({ overheadMs }) => overheadMs.p99))}`);
  console.log(`  event-loop delay, p99: ${formatAll(roundsOfKind.map(({ loopP99Ms }) => loopP99Ms))}`);
  if (!disk) continue;
  const storedRounds = roundsOfKind.map(
    ({ storedBlocks, storedBytes, steps }) =>
      `${storedBlocks} blocks, ${(storedBytes / 1e6).toFixed(0)} MB in ${steps} steps`,
  );
  console.log(`  stored: ${storedRounds.join('; ')}`);
}
console.log(JSON.stringify({ model: model.config.name, rounds }));
model.weights.dispose();
