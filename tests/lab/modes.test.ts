import { expect, it } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

it('modes: the same tokens and logits in all three, and paged wastes less than a block', async () => {
  await using bench = new LabBench({ quick: true, lengths: [8, 40] });
  const result = await runExperiment(findExperiment('modes'), bench);
  expect(resultSchema.parse(result).status).toBe('complete');
  const table = (name: string) => result.tables.find((one) => one.name === name)!.rows;
  for (const [, , same, difference] of table('correct')) expect([same, difference]).toEqual([true, 0]);
  expect(table('time').map(([length]) => length)).toEqual([8, 8, 8, 40, 40, 40]);
  const { work } = (await bench.engine()).info;
  for (const [length, mode, reserved, used, wasted] of table('memory') as [
    number,
    { en: string },
    number,
    number,
    number,
  ][]) {
    expect(reserved).toBe(used + wasted);
    if (mode.en !== 'paged') continue;
    expect(used).toBe((length + 15) * work.kvBytesPerToken); // the last token of 16 is not computed
    expect(wasted).toBeLessThan(16 * work.kvBytesPerToken);
  }
});
