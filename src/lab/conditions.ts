// Collects the conditions under which a result is measured. Without them the numbers of the result have no meaning.

import { cpus, type as systemType, totalmem } from 'node:os';
import { packageVersion } from '../base/node/package-version.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { kvSize } from '../engine/kv-size.ts';
import { availableMemory } from '../engine/node/available-memory.ts';
import { countWork } from '../program/work.ts';
import type { LabBench, ModelChoice } from './lab-bench.ts';
import type { Conditions } from './result.ts';

const SIMULATED = {
  model: 'none: simulated',
  parameters: 0,
  contextLength: 0,
  weights: 'none',
  backend: 'simulated',
  instructionSet: 'none',
  threads: 1,
};

/** @param subject the measured model; `simulated` if no model is computed */
export async function conditionsOf(
  bench: LabBench,
  subject: ModelChoice | 'simulated' = {},
): Promise<Conditions> {
  const limits = bench.quick ? undefined : await bench.limits(); // takes two seconds
  return {
    date: new Date().toISOString(),
    quire: packageVersion(),
    node: process.versions.node,
    system: `${systemType()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryBytes: totalmem(),
    ...(subject === 'simulated' ? SIMULATED : await modelConditions(bench, subject)),
    repetitions: bench.repetitions,
    quick: bench.quick,
    ...(bench.lengths === undefined ? {} : { lengths: [...bench.lengths] }),
    ...omitUndefined({ limits }),
  };
}

async function modelConditions(bench: LabBench, subject: ModelChoice): Promise<typeof SIMULATED> {
  const { config, backend, parameters, program } = await bench.load(subject);
  const { layout, contextLength } = kvSize(config, program, { kvDtype: backend.kvDtype }, availableMemory());
  return {
    model: config.name,
    parameters,
    contextLength,
    weights: countWork(program, layout).mainDtype,
    backend: backend.name,
    instructionSet: backend.numerics,
    threads: backend.name === 'reference' ? 1 : bench.threads,
  };
}
