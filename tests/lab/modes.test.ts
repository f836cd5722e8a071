import { expect, it } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { renderAgain } from '../../src/lab/render-again.ts';
import { resultSchema } from '../../src/lab/result.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';

it('modes: all modes generate the same tokens and logits, and the paged cache wastes less than one block', async () => {
  await using bench = new LabBench({ quick: true, lengths: [8, 40] });
  const result = await runExperiment(findExperiment('modes'), bench);
  const saved = resultSchema.parse(JSON.parse(JSON.stringify(result)));
  expect(saved.status).toBe('complete');
  expect(renderAgain(saved, 'modes.json')).toEqual(result);
  const rowsOf = (name: string) => result.tables.find((candidate) => candidate.name === name)!.rows;
  for (const [, , same, difference] of rowsOf('correct')) expect([same, difference]).toEqual([true, 0]);
  expect(rowsOf('time').map(([length]) => length)).toEqual([8, 8, 8, 40, 40, 40]);
  const { work } = (await bench.engine()).info;
  for (const [length, mode, reserved, used, wasted] of rowsOf('memory') as [
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
