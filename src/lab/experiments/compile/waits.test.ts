import { expect, test } from 'vitest';
import { TinyModel } from '../../../../tests/support/models/tiny-model.ts';
import { fuse } from '../../../program/fuse.ts';
import type { Program, Value } from '../../../program/program.ts';
import { emitTape } from '../../../program/tape.ts';
import { countWaits } from './waits.ts';

const CAPACITY = { tokens: 4, rows: 1 };

test('operations that read the same value run in parallel, an operation that reads their results waits', () => {
  const value = (name: string): Value => ({ name, rows: 'T', width: 16, dtype: 'f32' });
  const linear = (input: number, output: number) =>
    ({ kind: 'linear', input, weight: 0, bias: undefined, residual: undefined, output }) as const;
  const program: Program = {
    values: ['x', 'a', 'b', 'sum'].map(value),
    weights: [{ tensor: 'w', dtype: 'F32', rowOffset: 0, rows: 16, columns: 16 }],
    operations: [
      { kind: 'embed', table: 0, ids: 'token', output: 0 },
      linear(0, 1), // waits for x
      linear(0, 2), // beside a
      { kind: 'add', left: 1, right: 2, output: 3 }, // waits for both
      { kind: 'select', input: 3 }, // always waits
    ],
    ropes: [],
    kvGroups: [],
  };
  expect(countWaits(emitTape(program, CAPACITY, 40))).toBe(3);
});

test('a fused program waits less', () => {
  const { program } = new TinyModel('llama', 'F16');
  const waits = (of: Program): number => countWaits(emitTape(of, CAPACITY, 40));
  expect(waits(fuse(program))).toBeLessThan(waits(program));
});
