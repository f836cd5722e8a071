// Under what conditions a result was measured: without them, no number means anything.

import { cpus, type as systemType, totalmem } from 'node:os';
import { packageVersion } from '../base/node/package-version.ts';
import { kvSize } from '../engine/kv-size.ts';
import { workOf } from '../program/work.ts';
import type { LabBench } from './lab-bench.ts';
import type { Conditions } from './result.ts';

export async function conditionsOf(bench: LabBench): Promise<Conditions> {
  const limits = bench.quick ? undefined : await bench.limits(); // two seconds
  const { config, backend, parameters, program } = await bench.load();
  const { layout, contextLength } = kvSize(config, program, { kvDtype: backend.kvDtype });
  return {
    date: new Date().toISOString(),
    quire: packageVersion(),
    node: process.versions.node,
    system: `${systemType()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryBytes: totalmem(),
    model: config.name,
    parameters,
    contextLength,
    weights: workOf(program, layout).mainDtype,
    backend: backend.name,
    instructionSet: backend.numerics,
    threads: backend.name === 'native' ? bench.threads : 1,
    repetitions: bench.repetitions,
    ...(limits === undefined ? {} : { limits }),
  };
}
