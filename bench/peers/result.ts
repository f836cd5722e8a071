// Writes the comparison of one model as a result of quire lab, so that quire lab compare and render can read it.

import { availableParallelism, loadavg } from 'node:os';
import { conditionsOf } from '../../src/lab/conditions.ts';
import { createResult } from '../../src/lab/create-result.ts';
import type { Experiment } from '../../src/lab/experiment.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { ResultFolder } from '../../src/lab/result-folder.ts';
import { DATA_VERSION, type PeersData, peersSchema } from './data.ts';
import { reportPeers } from './report.ts';
import { TEXTS } from './texts.ts';

export interface PeersSettings {
  readonly model: string;
  readonly threads: number;
  readonly turns: number;
}

/** @param measure adds the comparisons and the divergence to the data */
const peersExperiment = (measure: (data: PeersData) => Promise<void>): Experiment<PeersData> => ({
  name: 'peers',
  texts: TEXTS,
  dataVersion: DATA_VERSION,
  dataSchema: peersSchema,
  report: reportPeers,
  async measure(_bench, record) {
    const data: PeersData = { load: loadavg()[0]!, processors: availableParallelism(), comparisons: [] };
    record(data);
    await measure(data);
    return data;
  },
});

/** Measures one model and writes the result to `out`. Rejects before measuring if `out` cannot be written. */
export async function writePeersResult(
  out: string,
  { model, threads, turns }: PeersSettings,
  measure: (data: PeersData) => Promise<void>,
): Promise<void> {
  const folder = await ResultFolder.open(out, 'en');
  const experiment = peersExperiment(measure);
  await using bench = new LabBench({ model, threads, repetitions: turns });
  const conditions = await conditionsOf(bench);
  await bench.clear();
  const started = performance.now();
  const data = await experiment.measure(bench, () => {});
  const seconds = (performance.now() - started) / 1000;
  await folder.add(createResult(experiment, { data, interrupted: false, seconds, conditions }));
}
