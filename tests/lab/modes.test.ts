import { expect, it } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { renderAgain } from '../../src/lab/render-again.ts';
import { resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

it('modes: the same tokens and logits in all three modes, and paged wastes less than a block', async () => {
  await using bench = new LabBench({ quick: true, lengths: [8, 40] });
  const result = await runExperiment(findExperiment('modes'), bench);
  const saved = resultSchema.parse(JSON.parse(JSON.stringify(result)));
  expect(saved.status).toBe('complete');
  expect(renderAgain(saved, 'modes.json')).toEqual(result);
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
    expect(used).toBe((length + 15) * work.kvBytesPerToken); // the last of the 16 tokens is not computed
    expect(wasted).toBeLessThan(16 * work.kvBytesPerToken);
  }
});
