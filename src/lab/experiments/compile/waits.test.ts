import { expect, test } from 'vitest';
import { TinyModel } from '../../../../tests/support/models/tiny-model.ts';
import { fuse } from '../../../program/fuse.ts';
import type { Program, Value } from '../../../program/program.ts';
import { emitTape } from '../../../program/tape.ts';
import { countWaits } from './waits.ts';

const CAPACITY = { tokens: 4, rows: 1 };

test('countWaits counts a wait before an operation that reads new results, but none between readers of one value', () => {
  const value = (name: string): Value => ({ name, rows: 'T', width: 16, dtype: 'f32' });
  const linear = (input: number, output: number) =>
    ({
      kind: 'linear',
      input,
      weight: 0,
      bias: undefined,
      residual: undefined,
      lora: undefined,
      target: undefined,
      output,
    }) as const;
  const program: Program = {
    values: ['x', 'a', 'b', 'sum'].map(value),
    weights: [{ tensor: 'w', dtype: 'F32', kind: 'matrix', rowOffset: 0, rows: 16, columns: 16 }],
    operations: [
      { kind: 'embed', table: 0, ids: 'token', output: 0 },
      linear(0, 1), // waits for x
      linear(0, 2), // in parallel to the first linear operation
      { kind: 'add', left: 1, right: 2, output: 3 }, // waits for both linear operations
      { kind: 'select', input: 3 }, // always waits
    ],
    ropes: [],
    kvGroups: [],
  };
  expect(countWaits(emitTape(program, CAPACITY, 40))).toBe(3);
});

test('countWaits returns a smaller number for a fused program', () => {
  const { program } = new TinyModel('llama', 'F16');
  const waitsOf = (candidate: Program): number => countWaits(emitTape(candidate, CAPACITY, 40));
  expect(waitsOf(fuse(program))).toBeLessThan(waitsOf(program));
});
