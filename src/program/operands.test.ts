// Tests the functions that return what an operation reads and writes, and the consistency of the table of operations.

import { describe, expect, test } from 'vitest';
import {
  canWrite,
  fieldOf,
  inputsOf,
  operandsOf,
  outputOf,
  renumberValues,
  updatedValuesOf,
  weightsOf,
} from './operands.ts';
import { OPERATION_KINDS, type Operation } from './operations.ts';

const LINEAR: Operation = {
  kind: 'linear',
  input: 3,
  weight: 7,
  bias: undefined,
  residual: 2,
  lora: undefined,
  target: undefined,
  output: 4,
};
const ATTENTION: Operation = {
  kind: 'attention',
  query: 1,
  key: 2,
  value: 3,
  attention: {
    group: 0,
    layerInGroup: 5,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    scale: 0.5,
    window: undefined,
    softCap: undefined,
  },
  rope: 0,
  output: 9,
};

describe('the operand functions', () => {
  test('return the inputs, weights and output that are given', () => {
    expect(inputsOf(LINEAR)).toEqual([3, 2]);
    expect(inputsOf({ ...LINEAR, residual: undefined, lora: undefined, target: undefined })).toEqual([3]);
    expect(weightsOf(LINEAR)).toEqual([7]);
    expect(weightsOf({ ...LINEAR, bias: 8 })).toEqual([7, 8]);
    expect([outputOf(LINEAR), outputOf({ kind: 'select', input: 1 })]).toEqual([4, undefined]);
  });

  test('return the inputs that an operation overwrites: attention rotates query and key in place', () => {
    expect(updatedValuesOf(ATTENTION)).toEqual([1, 2]);
    expect(updatedValuesOf(LINEAR)).toEqual([]);
  });

  test('renumber values without changing other fields', () => {
    expect(renumberValues(ATTENTION, (value) => value + 10)).toEqual({
      ...ATTENTION,
      query: 11,
      key: 12,
      value: 13,
      output: 19,
    });
    expect(
      renumberValues(
        { ...LINEAR, residual: undefined, lora: undefined, target: undefined },
        (value) => value + 10,
      ),
    ).toEqual({
      ...LINEAR,
      residual: undefined,
      lora: undefined,
      target: undefined,
      input: 13,
      output: 14,
    });
  });

  test('return a field of a nested record like a field of the operation', () => {
    const values = operandsOf('attention').map((operand) => [operand.name, fieldOf(ATTENTION, operand)]);
    expect(Object.fromEntries(values)).toMatchObject({
      query: 1,
      layerInGroup: 5,
      window: undefined,
      rope: 0,
    });
  });
});

test('only norms and `gated` can write both f32 and q8', () => {
  expect(OPERATION_KINDS.filter((kind) => canWrite(kind, 'q8') && canWrite(kind, 'f32'))).toEqual([
    'rmsNorm',
    'layerNorm',
    'gated',
  ]);
});

describe.each(OPERATION_KINDS)('%s', (kind) => {
  const operands = operandsOf(kind);
  const integers = operands.flatMap(({ name, field }) => (field.type === 'integer' ? [name] : []));

  test('has unique field names and at most one output', () => {
    expect(new Set(operands.map(({ name }) => name)).size).toBe(operands.length);
    expect(operands.filter(({ field }) => field.type === 'output').length).toBeLessThanOrEqual(1);
  });

  test('has an integer field for each factor of a shape, and T, R or rows only as the number of rows of an input or output', () => {
    for (const { field } of operands) {
      if (!('shape' in field)) continue;
      const factors = field.shape.flatMap((size) => (size.includes('*') ? size.split('*') : []));
      const expectedIntegers = field.type === 'rope' ? [...factors, ...field.shape] : factors;
      expect(integers).toEqual(expect.arrayContaining(expectedIntegers));
      expect(factors.length === 0 || factors.length === 2).toBe(true);
      if (field.type === 'input' || field.type === 'output')
        expect(['T', 'R', 'rows']).toContain(field.shape[0]);
      else for (const size of field.shape) expect(['T', 'R', 'rows']).not.toContain(size);
    }
  });
});
