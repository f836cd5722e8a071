// Runs the experiments on turns, sharing, memory and batches at quick sizes. Checks counts, but not times.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { renderAgain } from '../../src/lab/render-again.ts';
import { type Cell, type LabResult, resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

let bench: LabBench;
beforeAll(() => {
  bench = new LabBench({ quick: true });
});
afterAll(() => bench[Symbol.asyncDispose]());

async function run(name: string): Promise<LabResult> {
  const result = await runExperiment(findExperiment(name), bench);
  const saved = resultSchema.parse(JSON.parse(JSON.stringify(result)));
  expect(saved).toEqual(result);
  expect(renderAgain(saved, `${name}.json`)).toEqual(result);
  expect(result.status).toBe('complete');
  expect(result.seen).not.toEqual([]);
  expect(result.charts).not.toEqual([]);
  expect(result.metrics).not.toEqual([]);
  return result;
}

const rowsOf = ({ tables }: LabResult, name: string): Cell[][] =>
  tables.find((table) => table.name === name)!.rows;
const column = (rows: readonly Cell[][], index: number): number[] =>
  rows.map((row) => {
    expect(row[index]).toBeTypeOf('number');
    return row[index] as number;
  });

describe('the experiment turns', () => {
  let result: LabResult;
  beforeAll(async () => {
    result = await run('turns');
  }, 60_000);

  it('generates the same answers in all variants', () => {
    for (const row of rowsOf(result, 'correct')) expect(row.at(-1)).toBe(true);
  });

  it('computes only the new message with reuse, and restores whole blocks from disk', () => {
    const rows = rowsOf(result, 'tokens');
    const [prompt, none, cached, reuse, disk, restart, , rewritten] = [1, 2, 3, 4, 5, 6, 7, 8].map((index) =>
      column(rows, index),
    );
    expect(rows).toHaveLength(5);
    for (let turn = 1; turn < rows.length; turn++) {
      expect(none![turn]).toBe(prompt![turn]);
      expect(cached![turn]).toBe(prompt![turn - 1]! + 11); // all tokens of the answer but the last
      expect(reuse![turn]).toBe(29);
      expect(disk![turn]).toBe(Math.floor(cached![turn]! / 16) * 16);
      expect(restart![turn]).toBe(prompt![turn]! - disk![turn]!);
      expect(rewritten![turn]).toBeLessThanOrEqual(41); // the message and the previous answer
    }
  });

  it('computes fewer tokens if each truncation removes more than is necessary', () => {
    const rows = rowsOf(result, 'truncation');
    const [truncationsToHalf, truncationsToMost] = column(rows, 2);
    expect(truncationsToHalf).toBeGreaterThan(0);
    expect(truncationsToHalf).toBeLessThan(truncationsToMost!);
    const [computedWithHalf, computedWithMost] = column(rows, 5);
    expect(computedWithHalf).toBeLessThan(computedWithMost!);
  });
});

describe('the experiment sharing', () => {
  let result: LabResult;
  beforeAll(async () => {
    result = await run('sharing');
  }, 60_000);

  it('stores and computes the prefix of forks once', () => {
    const rows = rowsOf(result, 'forks');
    for (const [, , , , , , equal] of rows) if (typeof equal === 'boolean') expect(equal).toBe(true);
    const [forked, copied, separate] = rows.slice(-3);
    const [computed, filled] = [2, 4];
    expect(forked![0]).toBe(4);
    expect(forked![computed]).toBe(205 + 4 * 15);
    expect(separate![computed]).toBe(4 * (205 + 15));
    expect(forked![3]).toBe(3); // each owner of the partly filled block copies it, except the last owner
    expect(forked![filled]).toBeLessThan(Number(separate![filled]) / 2);
    expect(copied![filled]).toBe(separate![filled]);
  });

  it('computes a shared system prompt once', () => {
    const [shared, separate] = rowsOf(result, 'conversations');
    expect(shared!.at(-1)).toBe(true);
    expect(Number(separate![1]) - Number(shared![1])).toBeGreaterThanOrEqual(5 * 200);
    expect(shared![2]).toBeLessThan(Number(separate![2]));
  });
});

describe('the experiment waste', () => {
  it('wastes less than one block per sequence, and nothing with blocks of 1 token', async () => {
    const result = await run('waste');
    expect(result.apart).toEqual([]);
    const [contiguous, ...paged] = rowsOf(result, 'use');
    const sizes = [1, 16, 256];
    for (const [i, row] of paged.entries()) {
      const [used, average, maximum] = [Number(row[1]), Number(row[4]), Number(row[5])];
      expect(maximum).toBeLessThan(sizes[i]!);
      expect(average).toBeLessThanOrEqual(maximum);
      expect(used).toBeGreaterThan(Number(contiguous![1]));
    }
    expect(paged[0]!.slice(4, 6)).toEqual([0, 0]);
    expect(paged[1]![3]).toBeGreaterThan(2 * Number(contiguous![3]));
  });
});

describe('the experiment batching', () => {
  it('answers every request, with the same tokens in every batch', async () => {
    const result = await run('batching');
    const points = rowsOf(result, 'throughput');
    expect(points).toHaveLength(4);
    for (const [fixed, continuous] of [points.slice(0, 2), points.slice(2)])
      expect(fixed!.slice(2, 4)).toEqual(continuous!.slice(2, 4));
    const [[alone, compared, differing, equal]] = rowsOf(result, 'correct') as [Cell[]];
    expect(alone).toBe(3);
    expect(compared).toBeGreaterThan(16);
    expect([differing, equal]).toEqual([0, true]);
    for (const [, , , , answered, goodput, tokens] of points) {
      expect(goodput).toBeLessThanOrEqual(Number(answered));
      expect(tokens).toBeGreaterThan(Number(answered)); // each answer has several tokens
    }
    expect(result.metrics.map(({ name }) => name.replace(/\d+/, 'N'))).toEqual(
      ['static', 'continuous'].map((batching) => `${batching}: capacity, N requests`),
    );
    expect(result.metrics[0]!.samples).toHaveLength(result.metrics[1]!.samples.length);
  });
});
