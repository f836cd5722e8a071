// Finds the first operation of a model whose output differs between two runs of the same tokens. The program is cut after
// each operation in turn, and the rows computed so far are compared.
//
//   node tools/run.js tools/compare-operations.ts MODEL             native against the lowered reference
//   node tools/run.js tools/compare-operations.ts MODEL --chunk 7   native: one step against steps of 7 tokens, to the bit
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
// Of the largest output, as in tests/golden/logits-native.test.ts: activations that lie between two integers may be rounded
// to either, and later operations add to the difference.
const TOLERANCE = 0.05;

/** A backend with the weights of the model, and how many tokens it computes in a step. */
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

/** The exit code: 1 when an operation differs. */
async function compare(modelPath: string): Promise<number> {
  const file = await openModelFile(modelPath);
  const random = randomNumbers(Number(values.seed));
  const tokens = Array.from({ length: Number(values.tokens) }, () =>
    randomInteger(random, file.config.vocabSize),
  );
  const program = fuse(lower(buildProgram(file.config, file.tensors), { activations: 'int8' }));
  const fast = native({
    instructionSet: values.isa,
    threads: values.threads === undefined ? undefined : Number(values.threads),
  });
  const exact = values.chunk !== undefined;
  const first = await load(file, program, exact ? fast : reference({ activations: 'int8' }), tokens.length);
  const second = await load(file, program, fast, exact ? Number(values.chunk) : tokens.length);
  console.log(
    exact ? `native, steps of ${values.chunk} tokens` : `native ${fast.numerics} against the reference`,
  );
  for (const [index, operation] of program.operations.entries()) {
    const cut = cutAfter(program, index);
    if (cut === undefined) continue; // quantized: the next operation shows what it holds
    const [expected, actual] = [await rowsOf(cut, first, tokens), await rowsOf(cut, second, tokens)];
    const difference = largestDifference(expected, actual);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const name = program.values[outputOf(operation)!]!.name;
    const differs = exact ? difference > 0 : difference > TOLERANCE * largest;
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

/** The program up to an operation, ending with a selection from its output; undefined when the output is quantized. */
function cutAfter(program: Program, index: number): Program | undefined {
  const output = outputOf(program.operations[index]!);
  const value = output === undefined ? undefined : program.values[output]!;
  if (output === undefined || value?.dtype !== 'f32') return undefined;
  const before = program.operations.slice(0, index + 1);
  const rows = value.rows === 'R' ? output : program.values.length;
  const gather: Operation[] = value.rows === 'R' ? [] : [{ kind: 'gatherRows', input: output, output: rows }];
  const operations: Operation[] = [...before, ...gather, { kind: 'select', input: rows }];
  return fuse({ ...program, values: [...program.values, { ...value, rows: 'R' }], operations }); // drops unused values
}

/** Rows of the output for every token. [tokens * width] */
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

/** Infinity where only one of the two is NaN. */
function largestDifference(expected: Float32Array, actual: Float32Array): number {
  return expected.reduce((most, value, i) => {
    const difference = Object.is(value, actual[i]) ? 0 : Math.abs(value - actual[i]!);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
}
