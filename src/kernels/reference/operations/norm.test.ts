import { expect, test } from 'vitest';
import {
  createOperationState,
  embedInput,
  runPlan,
  runTokens,
} from '../../../../tests/support/models/run-operation.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';

const WIDTH = 24;
const ROWS = 4;
const EPSILON = 1e-2; // large enough to change the results by more than the tolerance
const random = randomNumbers(3);
const x = randomTensor('x', 'F32', [ROWS, WIDTH], random);
const weight = randomTensor('norm.weight', 'F32', [WIDTH], random);
const bias = randomTensor('norm.bias', 'F16', [WIDTH], random);

const rmsState = () =>
  createOperationState([x, weight], (b) => b.rmsNorm(embedInput(b, x), 'norm.weight', EPSILON));
const layerState = () =>
  createOperationState([x, weight, bias], (b) => b.layerNorm(embedInput(b, x), 'norm', EPSILON));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const rowOf = (t: number): number[] => [...x.values.slice(t * WIDTH, (t + 1) * WIDTH)];

function expectNear(actual: Float32Array, expected: (t: number, i: number) => number): void {
  expect(actual).toHaveLength(ROWS * WIDTH);
  actual.forEach((value, index) => {
    const exact = expected(Math.floor(index / WIDTH), index % WIDTH);
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 ** -24 * Math.abs(exact) + 1e-15);
  });
}

test('rmsNorm divides by the root of the mean square and multiplies by the weights', () => {
  expectNear(runTokens(rmsState(), ROWS), (t, i) => {
    const root = Math.sqrt(mean(rowOf(t).map((value) => value ** 2)) + EPSILON);
    return (rowOf(t)[i]! / root) * weight.values[i]!;
  });
});

test('rmsNorm with the size of a head normalizes each head separately with the same weights', () => {
  const HEAD = 6;
  const head = randomTensor('head.weight', 'F32', [HEAD], random);
  const state = createOperationState([x, head], (b) =>
    b.rmsNorm(embedInput(b, x), 'head.weight', EPSILON, 'q.norm', HEAD),
  );
  expectNear(runTokens(state, ROWS), (t, i) => {
    const start = i - (i % HEAD);
    const root = Math.sqrt(
      mean(
        rowOf(t)
          .slice(start, start + HEAD)
          .map((value) => value ** 2),
      ) + EPSILON,
    );
    return (rowOf(t)[i]! / root) * head.values[i % HEAD]!;
  });
});

test('layerNorm subtracts the mean, divides by the standard deviation, multiplies by the weights and adds the bias', () => {
  expectNear(runTokens(layerState(), ROWS), (t, i) => {
    const center = mean(rowOf(t));
    const variance = mean(rowOf(t).map((value) => (value - center) ** 2));
    return ((rowOf(t)[i]! - center) / Math.sqrt(variance + EPSILON)) * weight.values[i]! + bias.values[i]!;
  });
});

test.each([
  ['rmsNorm', rmsState],
  ['layerNorm', layerState],
])('%s computes the same bits for a row alone and in a batch', (_name, createState) => {
  const together = runTokens(createState(), ROWS);
  expect(runPlan(createState(), tokensPlan([2]))).toEqual(together.slice(2 * WIDTH, 3 * WIDTH));
});
