// Runs experiments at quick sizes on the embedded model. Checks counts and comparisons, but not times.

import { afterAll, expect, test } from 'vitest';
import { nativeUnavailable } from '../../src/kernels/native/node/native-backend.ts';
import { generateTimedAnswer } from '../../src/lab/answer.ts';
import { attentionLayers } from '../../src/lab/attention-layers.ts';
import { findExperiment } from '../../src/lab/experiments.ts';
import { contiguousWaste, kvBytesPerToken, maxPagedWaste, opsPerToken } from '../../src/lab/formulas.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { passageTokens } from '../../src/lab/passage.ts';
import { renderAgain } from '../../src/lab/render-again.ts';
import { type Cell, type LabResult, resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

const printed: string[] = [];
const bench = new LabBench({
  quick: true,
  print: (line) => printed.push(typeof line === 'string' ? line : line.en),
});
afterAll(() => bench[Symbol.asyncDispose]());

async function run(name: string): Promise<LabResult> {
  const result = await runExperiment(findExperiment(name), bench);
  const saved = resultSchema.parse(JSON.parse(JSON.stringify(result)));
  expect(saved).toEqual(result);
  expect(renderAgain(saved, `${name}.json`)).toEqual(result);
  expect(result.status).toBe('complete');
  expect(result.seen.length).toBeGreaterThan(0);
  return result;
}

const rowsOf = ({ tables }: LabResult, name: string): Cell[][] =>
  tables.find((table) => table.name === name)!.rows;
const column = (rows: readonly Cell[][], index: number): Cell[] => rows.map((row) => row[index]!);

test('shapes: a step computes one token with a cache, and the whole text without a cache', async () => {
  const result = await run('shapes');
  const steps = rowsOf(result, 'steps');
  const stepsOf = (mode: string): Cell[][] =>
    steps.filter(([name]) => typeof name === 'object' && name?.en === mode);
  const computed = result.charts.find(({ name }) => name === 'computed')!.series;
  const counts = computed.map(({ points }) => points.map(([, count]) => count));
  expect(counts).toEqual([
    [5, 1, 1, 1],
    [5, 6, 7, 8],
  ]);
  // If the machine is slow, a step may be split in two. The relations between the shapes must still hold.
  for (const mode of ['with a cache', 'no cache']) {
    let before = 0;
    for (const [, , computedTokens, , queries, keys, attended, cachedBefore, cachedAfter] of stepsOf(mode)) {
      expect(queries).toBe(`[${computedTokens}, 8, 32]`);
      expect(keys).toBe(`[${computedTokens}, 2, 32]`);
      expect(attended).toBe(`[${before + (computedTokens as number)}, 2, 32]`);
      expect(cachedBefore).toBe(before);
      before = cachedAfter as number;
    }
    expect(before).toBe(mode === 'no cache' ? 0 : 8);
  }
  expect(column(rowsOf(result, 'masks'), 2)).toContain('■■■■■■■■');
  expect(result.apart).toEqual([]);
  expect(printed).toContain('    cache     5 -> 6 tokens');
});

test('growth: the counted operations equal those of the formulas', async () => {
  const result = await run('growth');
  const { program } = await bench.load({ model: await bench.smallLlama() });
  const [{ heads, kvHeads, headDim, layers } = throwNoAttention()] = attentionLayers(program);
  // The linear layers of SMALL_LLAMA: Q and O, K and V, gate, up and down. The output head is the embedding.
  const linearOps = 4 * 2 * 256 * (256 + 256 + 64 + 64 + 3 * 704);
  const network = { linearOps, headOps: 2 * 256 * 1024, layers: layers.length, heads, headDim };
  const counted = rowsOf(result, 'counted');
  const lengths = column(counted, 0) as number[];
  expect(lengths).toEqual([16, 64, 256]);
  for (const [index, cache] of [
    [3, true],
    [4, false],
  ] as const)
    expect(column(counted, index)).toEqual(
      lengths.map((context) => opsPerToken(network, { context, cache }) / 1e6),
    );
  const elementBytes = nativeUnavailable() === undefined ? 2 : 4;
  const perToken = kvBytesPerToken({ layers: layers.length, kvHeads, headDim, elementBytes });
  expect(column(counted, 6)).toEqual(lengths.map((length) => length * perToken));
  expect(result.metrics.map(({ name }) => name)).toContain('cache, 16 tokens');
});

test('compile: the fused program has fewer operations and generates the same bits', async () => {
  const result = await run('compile');
  const [operations, waits] = rowsOf(result, 'tape');
  for (const row of [operations!, waits!]) expect(row[3]).toBeLessThan(row[2] as number);
  expect(rowsOf(result, 'correct')).toEqual([[32, 8, true, 0]]);
});

test('backends: each available backend is compared with the first backend', async () => {
  const result = await run('backends');
  const names = [...new Set(column(rowsOf(result, 'speed'), 0))]; // fast backends have a row for each size
  expect(names.at(-1)).toBe('reference');
  expect(names.length > 1).toBe(nativeUnavailable() === undefined);
  const correct = rowsOf(result, 'correct');
  expect(column(correct, 0)).toEqual(names);
  expect(correct[0]!.slice(2)).toEqual([true, null, null, 0]);
});

test('an interrupted experiment reports the data measured so far', async () => {
  const controller = new AbortController();
  await using interrupted = new LabBench({
    quick: true,
    signal: controller.signal,
    onProgress: (done) => {
      if (done === 1) controller.abort();
    },
  });
  const result = await runExperiment(findExperiment('shapes'), interrupted);
  expect(result.status).toBe('interrupted');
  expect(rowsOf(result, 'steps').length).toBeGreaterThanOrEqual(4);
  expect(result.seen).toEqual([]);
  expect(renderAgain(result, 'shapes.json')).toEqual(result);
});

test('the wasted memory of a sequence is within the bounds of the formulas', async () => {
  for (const cache of ['paged', 'contiguous'] as const) {
    const engine = await bench.engine({ cache, maxRunning: 1, context: 64 });
    const perToken = engine.info.work.kvBytesPerToken;
    for (const length of [2, 16, 17, 40]) {
      const { usage } = await generateTimedAnswer(engine, await passageTokens(engine, length), 1);
      const used = usage.usedBytes / perToken;
      expect(used).toBe(length);
      const wasted = usage.wastedBytes / perToken;
      if (cache === 'paged') expect(wasted).toBeLessThanOrEqual(maxPagedWaste({ blockSize: 16 }));
      else expect(wasted).toBe(contiguousWaste({ contextLength: 64, used }));
    }
    await engine.dispose();
  }
});

const throwNoAttention = (): never => {
  throw new Error('the program has no attention');
};
