import { describe, expect, test } from 'vitest';
import { createOperationState, embedInput, runPlan } from '../../../../tests/support/models/run-operation.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor, type StoredTensor, tensorOf } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';
import type { RopeConfig } from '../../../base/model/model-file.ts';

const HEADS = 2;
const HEAD_DIM = 12;
const WIDTH = HEADS * HEAD_DIM;
const DIM = 8; // the last four elements of each head are not rotated
const x = randomTensor('x', 'F32', [1, WIDTH], randomNumbers(4));

const config = (layout: RopeConfig['layout'], dim = DIM): RopeConfig => ({ layout, theta: 100, dim });

/** Returns the row of `source`, rotated for a position. */
function rotate(rope: RopeConfig, position: number, source: StoredTensor = x): Float32Array {
  const state = createOperationState([source], (b) =>
    b.rope('y', embedInput(b, source), HEADS, HEAD_DIM, rope),
  );
  return runPlan(state, { ...tokensPlan([0]), positions: Int32Array.of(position) });
}

/** The indexes of the elements of pair `pair` in a head. */
const PAIRS = {
  half: (pair: number): [number, number] => [pair, pair + DIM / 2],
  interleaved: (pair: number): [number, number] => [2 * pair, 2 * pair + 1],
} as const;

describe.each(['half', 'interleaved'] as const)('`rope` with layout %s', (layout) => {
  test.each([1, 7, 1000])('rotates each pair by its frequency times position %i', (position) => {
    const out = rotate(config(layout), position);
    for (let head = 0; head < HEADS; head++) {
      for (let pair = 0; pair < DIM / 2; pair++) {
        const [a, b] = PAIRS[layout](pair).map((i) => head * HEAD_DIM + i) as [number, number];
        const angle = position * 100 ** ((-2 * pair) / DIM);
        const [left, right] = [x.values[a]!, x.values[b]!];
        const tolerance = 1e-6 + position * 1.5e-7; // angles are rounded to f32
        expect(Math.abs(out[a]! - (left * Math.cos(angle) - right * Math.sin(angle)))).toBeLessThan(
          tolerance,
        );
        expect(Math.abs(out[b]! - (right * Math.cos(angle) + left * Math.sin(angle)))).toBeLessThan(
          tolerance,
        );
      }
    }
  });

  test('does not change the elements after the rotated elements, nor any element at position 0', () => {
    const out = rotate(config(layout), 5);
    for (let i = 0; i < WIDTH; i++) if (i % HEAD_DIM >= DIM) expect(out[i]).toBe(x.values[i]);
    expect(rotate(config(layout), 0)).toEqual(Float32Array.from(x.values));
  });
});

test('both layouts of `rope` give the same result, except for the order of the elements', () => {
  const reordered = new Float32Array(WIDTH);
  const interleavedIndexes = Array.from({ length: WIDTH }, (_, i) => i);
  for (let head = 0; head < HEADS; head++) {
    for (let pair = 0; pair < DIM / 2; pair++) {
      PAIRS.half(pair).forEach((halfIndex, side) => {
        interleavedIndexes[head * HEAD_DIM + halfIndex] = head * HEAD_DIM + PAIRS.interleaved(pair)[side]!;
      });
    }
  }
  interleavedIndexes.forEach((interleavedIndex, halfIndex) => {
    reordered[interleavedIndex] = x.values[halfIndex]!;
  });
  const halfResult = rotate(config('half'), 9);
  const interleavedResult = rotate(config('interleaved'), 9, tensorOf('x', [1, WIDTH], reordered));
  expect(interleavedIndexes.map((index) => interleavedResult[index])).toEqual([...halfResult]);
});
