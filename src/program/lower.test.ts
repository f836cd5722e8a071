import { describe, expect, test } from 'vitest';
import type { DtypeName } from '../base/model/dtypes.ts';
import { lower } from './lower.ts';
import type { Operation } from './operations.ts';
import type { Program, Value, Weight } from './program.ts';

const f32 = (name: string): Value => ({ name, rows: 'T', width: 64, dtype: 'f32' });
const weight = (tensor: string, dtype: DtypeName): Weight => ({
  tensor,
  dtype,
  kind: 'matrix',
  rowOffset: 0,
  rows: 64,
  columns: 64,
});
const linear = (input: number, id: number, output: number): Operation => ({
  kind: 'linear',
  input,
  weight: id,
  bias: undefined,
  residual: undefined,
  lora: undefined,
  target: undefined,
  output,
});

// x is an embedding. q and k are computed from x with quantized weights, v with F16 weights; sum = q + k; logits are
// computed from sum with quantized weights.
const PROGRAM: Program = {
  values: ['x', 'q', 'k', 'v', 'sum', 'logits'].map(f32),
  weights: [weight('table', 'Q8_0'), weight('wq', 'Q8_0'), weight('wk', 'Q8_0'), weight('wv', 'F16')],
  operations: [
    { kind: 'embed', table: 0, ids: 'token', output: 0 },
    linear(0, 1, 1),
    linear(0, 2, 2),
    linear(0, 3, 3),
    { kind: 'add', left: 1, right: 2, output: 4 },
    linear(4, 0, 5),
    { kind: 'select', input: 5 },
  ],
  ropes: [],
  kvGroups: [],
};

test('`lower` for a float target does not change the program', () => {
  expect(lower(PROGRAM, { activations: 'float' })).toEqual(PROGRAM);
});

describe('`lower` for an int8 target', () => {
  const lowered = lower(PROGRAM, { activations: 'int8' });

  test('quantizes a value once, before the first linear layer that has quantized weights and reads the value', () => {
    expect(lowered.operations.map(({ kind }) => kind)).toEqual([
      'embed',
      'quantize',
      'linear',
      'linear',
      'linear',
      'add',
      'quantize',
      'linear',
      'select',
    ]);
    const [first, second] = lowered.operations.filter((operation) => operation.kind === 'quantize');
    expect([first?.input, second?.input]).toEqual([0, 4]);
    const inputs = lowered.operations.flatMap((operation) =>
      operation.kind === 'linear' ? [operation.input] : [],
    );
    expect(inputs).toEqual([first?.output, first?.output, 0, second?.output]); // v is computed from floats
  });

  test('adds quantized values with the rows and width of the floats, and does not change other values or weights', () => {
    expect(lowered.values.slice(0, PROGRAM.values.length)).toEqual(PROGRAM.values);
    expect(lowered.values.slice(PROGRAM.values.length)).toEqual([
      { name: 'x.q8', rows: 'T', width: 64, dtype: 'q8' },
      { name: 'sum.q8', rows: 'T', width: 64, dtype: 'q8' },
    ]);
    expect(lowered.weights).toEqual(PROGRAM.weights);
  });

  test('does not modify the given program', () => {
    expect(PROGRAM.values).toHaveLength(6);
    expect(PROGRAM.operations).toHaveLength(7);
  });
});
