// Finds the first operation of a model whose output differs between two runs of the same tokens. For each operation, runs
// the program truncated after this operation twice and compares its output rows.
//
//   node tools/run.js tools/compare-operations.ts MODEL             native backend against the reference backend
//   node tools/run.js tools/compare-operations.ts MODEL --chunk 7   native backend: one step against steps of 7 tokens;
//                                                                   the outputs must be equal bit by bit
//
// Options: --tokens N (40), --isa NAME, --threads N, --seed N.

import { parseArgs } from 'node:util';
import type { ModelFile } from '../src/base/model/model-file.ts';
import type { Backend, LoadedWeights } from '../src/kernels/backend.ts';
import { native } from '../src/kernels/native/node/native-backend.ts';
import { reference } from '../src/kernels/reference/node/reference-backend.ts';
import { openModelFile } from '../src/models/node/open-model-file.ts';
import { buildProgram } from '../src/models/registry.ts';
import { fuse } from '../src/program/fuse.ts';
import { lower } from '../src/program/lower.ts';
import { outputOf } from '../src/program/operands.ts';
import type { Operation } from '../src/program/operations.ts';
import type { Program } from '../src/program/program.ts';
import { emitTape } from '../src/program/tape.ts';
import { planOf } from '../tests/support/models/step-plans.ts';
import { randomInteger, randomNumbers } from '../tests/support/random.ts';

const BLOCK_SIZE = 16;
// Relative to the largest output, as in tests/golden/logits-compiled.test.ts: the backends may round an activation between
// two integers differently, and later operations increase the difference.
const TOLERANCE = 0.05;

/** A backend with the loaded weights of the model, and the number of tokens that it computes in a step. */
interface Run {
  readonly backend: Backend;
  readonly weights: LoadedWeights;
  readonly chunk: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokens: { type: 'string', default: '40' },
    chunk: { type: 'string' },
    isa: { type: 'string' },
    threads: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const [path] = positionals;
if (path === undefined) {
  console.error(
    'usage: node tools/run.js tools/compare-operations.ts MODEL [--chunk N] [--tokens N] [--isa NAME]',
  );
  process.exit(2);
}
process.exitCode = await compare(path);

/** Returns the exit code: 1 if an operation differs. */
async function compare(modelPath: string): Promise<number> {
  const file = await openModelFile(modelPath);
  const random = randomNumbers(Number(values.seed));
  const tokens = Array.from({ length: Number(values.tokens) }, () =>
    randomInteger(random, file.config.vocabSize),
  );
  const program = fuse(lower(buildProgram(file.config, file.tensors), { activations: 'int8' }));
  const nativeBackend = native({
    instructionSet: values.isa,
    threads: values.threads === undefined ? undefined : Number(values.threads),
  });
  const comparesChunks = values.chunk !== undefined;
  const first = await load(
    file,
    program,
    comparesChunks ? nativeBackend : reference({ activations: 'int8' }),
    tokens.length,
  );
  const second = await load(
    file,
    program,
    nativeBackend,
    comparesChunks ? Number(values.chunk) : tokens.length,
  );
  console.log(
    comparesChunks
      ? `native, steps of ${values.chunk} tokens`
      : `native ${nativeBackend.numerics} against the reference`,
  );
  for (const [index, operation] of program.operations.entries()) {
    const truncated = truncateAfter(program, index);
    if (truncated === undefined) continue; // quantized output: a difference shows in the output of the next operation
    const [expected, actual] = [
      await rowsOf(truncated, first, tokens),
      await rowsOf(truncated, second, tokens),
    ];
    const difference = largestDifference(expected, actual);
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-6);
    const name = program.values[outputOf(operation)!]!.name;
    const differs = comparesChunks ? difference > 0 : difference > TOLERANCE * largest;
    console.log(`${differs ? 'DIFFERS' : 'ok     '} ${operation.kind} ${name}: ${difference} of ${largest}`);
    if (differs) return 1;
  }
  console.log('no operation differs');
  return 0;
}

async function load(file: ModelFile, program: Program, backend: Backend, chunk: number): Promise<Run> {
  const weights = await backend.loadWeights(program.weights, {
    byteLength: (name) => file.tensors.get(name)!.byteLength,
    readInto: (name, target, from) => file.readInto(name, target, from),
  });
  return { backend, weights, chunk };
}

/**
 * Returns the program up to the operation `index`, with a selection of its output as the last operation; undefined if the
 * output is quantized.
 */
function truncateAfter(program: Program, index: number): Program | undefined {
  const output = outputOf(program.operations[index]!);
  const value = output === undefined ? undefined : program.values[output]!;
  if (output === undefined || value?.dtype !== 'f32') return undefined;
  const operationsSoFar = program.operations.slice(0, index + 1);
  const selected = value.rows === 'R' ? output : program.values.length;
  const gather: Operation[] =
    value.rows === 'R' ? [] : [{ kind: 'gatherRows', input: output, output: selected }];
  const operations: Operation[] = [...operationsSoFar, ...gather, { kind: 'select', input: selected }];
  return fuse({ ...program, values: [...program.values, { ...value, rows: 'R' }], operations }); // drops unused values
}

/** Runs the program in steps of `run.chunk` tokens and returns the output rows of all tokens. [tokens * width] */
async function rowsOf(program: Program, run: Run, tokens: readonly number[]): Promise<Float32Array> {
  const { length } = tokens;
  const blocks = Array.from({ length: Math.ceil(length / BLOCK_SIZE) }, (_, i) => i);
  const executable = await run.backend.createExecutable({
    tape: emitTape(program, { tokens: run.chunk, rows: run.chunk }, length),
    weights: run.weights,
    layout: { groups: program.kvGroups, dtype: 'f32', blockSize: BLOCK_SIZE },
    blocks: program.kvGroups.map(() => blocks.length),
    contextLength: length,
  });
  const parts: Float32Array[] = [];
  for (let from = 0; from < length; from += run.chunk) {
    const part = { tokens: tokens.slice(0, from + run.chunk), from, blocks };
    parts.push((await executable.step(planOf([part], [], program.kvGroups.length))).logits!);
  }
  await executable.dispose();
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Returns the largest absolute difference of two values; Infinity if only one of the two is NaN. */
function largestDifference(expected: Float32Array, actual: Float32Array): number {
  return expected.reduce((max, value, i) => {
    const difference = Object.is(value, actual[i]) ? 0 : Math.abs(value - actual[i]!);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(max, difference);
  }, 0);
}
