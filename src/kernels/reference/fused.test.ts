// Tests that fuse reduces the number of operations and does not change a bit of the results.

import { describe, expect, test } from 'vitest';
import { planOf } from '../../../tests/support/models/step-plans.ts';
import { TinyModel } from '../../../tests/support/models/tiny-model.ts';
import { fuse } from '../../program/fuse.ts';
import type { OperationKind } from '../../program/operations.ts';
import type { Program } from '../../program/program.ts';
import { emitTape } from '../../program/tape.ts';
import { runStep } from './run-step.ts';
import { StepState } from './step-state.ts';

const MODELS = {
  'llama Q8_0, int8 activations': new TinyModel('llama', 'Q8_0', 'int8'),
  'llama F32': new TinyModel('llama', 'F32'),
  'gpt2 F16': new TinyModel('gpt2', 'F16'),
  'gpt2 Q8_0, int8 activations': new TinyModel('gpt2', 'Q8_0', 'int8'),
};
const CONTEXT = 40;

function logitsOf(model: TinyModel, program: Program): Float32Array[] {
  const tape = emitTape(program, { tokens: CONTEXT, rows: CONTEXT }, CONTEXT);
  const layout = { groups: program.kvGroups, dtype: 'f32' as const, blockSize: 4 };
  const state = new StepState(tape, model.stored, layout, [20], CONTEXT);
  const [first, second] = [
    [3, 1, 4, 1, 5, 9, 2],
    [6, 5, 3, 5],
  ];
  const steps = [
    planOf([
      { tokens: first!, from: 0, blocks: [7, 3] },
      { tokens: second!, from: 0, blocks: [11, 12] },
    ]),
    planOf([
      { tokens: [...first!, 8], from: 7, blocks: [7, 3] },
      { tokens: [...second!, 9, 7], from: 4, blocks: [11, 12] },
    ]),
  ];
  return steps.map((plan) => runStep(state, plan).logits!);
}

const kindsOf = (program: Program): Partial<Record<OperationKind, number>> => {
  const counts: Partial<Record<OperationKind, number>> = {};
  for (const { kind } of program.operations) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

describe.each(Object.entries(MODELS))('%s', (_name, model) => {
  test('computes the same bits with fused operations', () => {
    const fused = fuse(model.program);
    expect(fused.operations.length).toBeLessThan(model.program.operations.length);
    expect(logitsOf(model, fused)).toEqual(logitsOf(model, model.program));
  });

  test('is not changed by a second call of `fuse`', () => {
    const fused = fuse(model.program);
    expect(fuse(fused).operations).toEqual(fused.operations);
  });
});

test('`fuse` combines the operations of a Llama block', () => {
  const { program } = MODELS['llama Q8_0, int8 activations'];
  expect(kindsOf(program)).toMatchObject({ rope: 4, add: 4, mul: 2, activation: 2, quantize: 9 });
  const kinds = kindsOf(fuse(program));
  expect(kinds).toMatchObject({
    embed: 1,
    rmsNorm: 5,
    attention: 2,
    gated: 2,
    linear: 15,
    gatherRows: 1,
    select: 1,
  });
  // The output of attention is quantized by a separate operation.
  expect(kinds).toMatchObject({ quantize: 2 });
  for (const removed of ['rope', 'add', 'mul', 'activation'] as const) expect(kinds[removed]).toBeUndefined();
});

test('`fuse` does not remove a value that another operation reads', () => {
  const { program } = MODELS['llama F32'];
  const add = program.operations.find(({ kind }) => kind === 'add')!;
  if (add.kind !== 'add') throw new Error('the program has no add operation');
  // Another operation reads the second operand of the sum, so the operand must be computed.
  const reader = {
    kind: 'activation' as const,
    name: 'relu' as const,
    input: add.right,
    output: program.values.length,
  };
  const position = program.operations.indexOf(add) + 1;
  const extended: Program = {
    ...program,
    values: [...program.values, program.values[add.right]!],
    operations: [...program.operations.slice(0, position), reader, ...program.operations.slice(position)],
  };
  expect(kindsOf(fuse(extended)).add).toBe(1);
});
