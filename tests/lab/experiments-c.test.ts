// Experiments on the embedded model in small: that they come to their end, and facts that hold on any machine.

import { expect, test } from 'vitest';
import type { Experiment } from '../../src/lab/experiment.ts';
import { kvDtype } from '../../src/lab/experiments/kv-dtype/kv-dtype.ts';
import { peers } from '../../src/lab/experiments/peers/peers.ts';
import { speculation } from '../../src/lab/experiments/speculation/speculation.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { type Cell, type LabResult, resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

async function quick(experiment: Experiment): Promise<LabResult> {
  await using bench = new LabBench({ quick: true });
  const result = await runExperiment(experiment, bench);
  expect(resultSchema.safeParse(JSON.parse(JSON.stringify(result))).error).toBeUndefined();
  return result;
}

/** The cells under an English heading. */
function column({ tables }: LabResult, table: string, heading: string): Cell[] {
  const { columns, rows } = tables.find(({ name }) => name === table)!;
  const at = columns.findIndex(({ title }) => title.en === heading);
  return rows.map((row) => row[at]!);
}

test('keys and values in fewer bits', async () => {
  const result = await quick(kvDtype);
  expect(result.status).toBe('complete');
  expect(column(result, 'quality', 'type')).toEqual(['f32', 'f16', 'bf16', 'int8']);
  const [f32, f16, bf16, int8] = column(result, 'quality', 'a token') as number[];
  expect([f16, bf16]).toEqual([f32! / 2, f32! / 2]);
  expect(int8).toBeLessThan(f32! / 3);
  const differences = column(result, 'quality', 'largest logit difference') as number[];
  expect(differences[0]).toBe(0);
  for (const difference of differences.slice(1)) expect(difference).toBeGreaterThan(0);
  expect(column(result, 'quality', 'same likeliest token')[0]).toBe(100);
});

test('tokens guessed ahead', async () => {
  const result = await quick(speculation);
  expect(result.status).toBe('complete');
  expect(new Set(column(result, 'counts', 'tokens equal'))).toEqual(new Set([true]));
  const guessed = column(result, 'counts', 'guessed') as number[];
  const right = column(result, 'counts', 'right') as number[];
  const steps = column(result, 'counts', 'steps') as number[];
  for (const [i, count] of guessed.entries()) {
    expect(right[i]).toBeLessThanOrEqual(count);
    expect(steps[i]! + right[i]!).toBeGreaterThanOrEqual(steps[0]!); // a step gives one token and those guessed right
  }
});

test('other engines take too long for a quick look', async () => {
  expect(await quick(peers)).toMatchObject({ status: 'skipped', tables: [], seen: [{}] });
});
