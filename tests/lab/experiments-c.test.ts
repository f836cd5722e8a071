// Runs experiments at quick sizes on the embedded model. Checks that they complete, and results that do not depend on the
// machine.

import { expect, test } from 'vitest';
import type { Experiment } from '../../src/lab/experiment.ts';
import { kvDtype } from '../../src/lab/experiments/kv-dtype/kv-dtype.ts';
import { speculation } from '../../src/lab/experiments/speculation/speculation.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { renderAgain } from '../../src/lab/render-again.ts';
import { type Cell, type LabResult, resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

async function runQuick(experiment: Experiment): Promise<LabResult> {
  await using bench = new LabBench({ quick: true });
  const result = await runExperiment(experiment, bench);
  const saved = resultSchema.parse(JSON.parse(JSON.stringify(result)));
  expect(renderAgain(saved, `${experiment.name}.json`)).toEqual(result);
  return result;
}

/** Returns the cells of the column with an English heading. */
function column({ tables }: LabResult, table: string, heading: string): Cell[] {
  const { columns, rows } = tables.find(({ name }) => name === table)!;
  const index = columns.findIndex(({ title }) => title.en === heading);
  return rows.map((row) => row[index]!);
}

test('kv-dtype: smaller types need less memory and change the logits', async () => {
  const result = await runQuick(kvDtype);
  expect(result.status).toBe('complete');
  expect(column(result, 'quality', 'type')).toEqual(['f32', 'f16', 'bf16', 'int8']);
  const [f32, f16, bf16, int8] = column(result, 'quality', 'memory per token') as number[];
  expect([f16, bf16]).toEqual([f32! / 2, f32! / 2]);
  expect(int8).toBeLessThan(f32! / 3);
  const differences = column(result, 'quality', 'largest logit difference') as number[];
  expect(differences[0]).toBe(0);
  for (const difference of differences.slice(1)) expect(difference).toBeGreaterThan(0);
  expect(column(result, 'quality', 'same most likely token')[0]).toBe(100);
});

test('speculation: drafts do not change the tokens and reduce the number of steps', async () => {
  const result = await runQuick(speculation);
  expect(result.status).toBe('complete');
  expect(new Set(column(result, 'counts', 'tokens equal'))).toEqual(new Set([true]));
  const drafted = column(result, 'counts', 'drafted') as number[];
  const accepted = column(result, 'counts', 'accepted') as number[];
  const steps = column(result, 'counts', 'steps') as number[];
  for (const [i, count] of drafted.entries()) {
    expect(accepted[i]).toBeLessThanOrEqual(count);
    expect(steps[i]! + accepted[i]!).toBeGreaterThanOrEqual(steps[0]!); // a step generates one token and the accepted drafts
  }
});
