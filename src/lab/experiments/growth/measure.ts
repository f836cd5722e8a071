// The measurement of the experiment `growth`: operations and bytes counted from the program, then times.

import { kvBytesRead } from '../../../program/work.ts';
import { attentionLayers } from '../../attention-layers.ts';
import type { RecordData } from '../../experiment.ts';
import type { Network } from '../../formulas.ts';
import type { LabBench } from '../../lab-bench.ts';
import { measuredLengths } from '../../length-steps.ts';
import { type GrowthData, MODES } from './data.ts';
import { lengthSweeps } from './length-sweep.ts';

const LENGTHS = [16, 64, 256, 1024, 2048, 4096];
const QUICK_LENGTHS = [16, 64, 256];
const RESERVED = 16; // tokens of the context after the longest text

export async function measureGrowth(bench: LabBench, record: RecordData<GrowthData>): Promise<GrowthData> {
  const choice = { model: await bench.smallLlama() };
  const { program } = await bench.load(choice);
  const sweeps = await lengthSweeps(bench, choice, bench.fullOrQuick(30_000, 1000));
  const { contextLength, info } = sweeps.cache.engine;
  const { opsPerToken: linearOps, opsPerRow: headOps, weightBytes, kvBytesPerToken } = info.work;
  const { heads, headDim, layers } = attentionLayers(program)[0]!;
  const network: Network = { linearOps, headOps, layers: layers.length, heads, headDim };
  const defaultLengths = bench.fullOrQuick([...LENGTHS, contextLength - RESERVED], QUICK_LENGTHS);
  const lengths = measuredLengths(bench, { contextLength, reserved: RESERVED, defaultLengths });
  const data: GrowthData = {
    ...{ lengths, network, weightBytes, kvBytesPerToken },
    kvBytesRead: lengths.map((length) => kvBytesRead(info.work, length)),
    sweeps: { cache: sweeps.cache.result, none: sweeps.none.result },
  };
  record(data);
  for (const [i, length] of lengths.entries())
    for (const [j, mode] of MODES.entries()) {
      bench.progress(MODES.length * i + j, MODES.length * lengths.length);
      await sweeps[mode].measure(length, network);
    }
  return data;
}
