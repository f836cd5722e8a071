import { describe, expect, test } from 'vitest';
import {
  createOperationState,
  embedInput,
  runPlan,
  runTokens,
} from '../../../../tests/support/models/run-operation.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor, tensorOf } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';
import type { ActivationName } from '../../../base/model/model-file.ts';
import { ACTIVATIONS } from './elementwise.ts';

const random = randomNumbers(2);
const a = randomTensor('a', 'F32', [3, 10], random);
const b = randomTensor('b', 'F32', [3, 10], random);

test.each([
  ['add', (l: number, r: number) => l + r],
  ['mul', (l: number, r: number) => l * r],
] as const)('%s rounds each element once', (kind, compute) => {
  const state = createOperationState([a, b], (p) => p[kind]('y', embedInput(p, a), embedInput(p, b)));
  expect(runTokens(state, 3)).toEqual(Float32Array.from(a.values, (left, i) => compute(left, b.values[i]!)));
});

test('`scale` multiplies by a constant that is rounded to f32', () => {
  const state = createOperationState([a], (p) => p.scale('y', embedInput(p, a), 0.22));
  expect(runTokens(state, 3)).toEqual(Float32Array.from(a.values, (x) => x * Math.fround(0.22)));
});

test('gatherRows copies the rows of logitsRows in order', () => {
  const state = createOperationState([a], (p) => p.gatherRows(embedInput(p, a)));
  const plan = tokensPlan([2, 0, 1]);
  const rows = runPlan(state, {
    ...plan,
    logitsRows: Int32Array.of(0, 2),
    selection: plan.selection.slice(0, 2),
  });
  expect(rows).toEqual(Float32Array.from([...a.values.slice(20, 30), ...a.values.slice(10, 20)]));
});

test('`activation` applies the function to each element', () => {
  const state = createOperationState([a], (p) => p.activation('silu', embedInput(p, a)));
  expect(runTokens(state, 3)).toEqual(Float32Array.from(a.values, ACTIVATIONS.silu));
});

test('`embed` decodes the row of each token id', () => {
  const half = randomTensor('half', 'F16', [7, 5], random);
  const state = createOperationState([half], (p) => embedInput(p, half));
  const rows = runPlan(state, tokensPlan([6, 0, 6]));
  const row = (id: number): number[] => [...half.values.slice(id * 5, id * 5 + 5)];
  expect([...rows]).toEqual([...row(6), ...row(0), ...row(6)]);
});

test('`embed` with positions reads the row of each position, not of each token id', () => {
  const table = tensorOf('table', [4, 1], [10, 11, 12, 13]);
  const state = createOperationState([table], (p) => p.embed('table', 'position', 4, 1));
  expect([...runPlan(state, tokensPlan([3, 3, 0]))]).toEqual([10, 11, 12]);
});

// Computed with 40 digits with mpmath. For comparison: rounding to f32 has a relative error of up to 6e-8.
const VALUES: Record<ActivationName, [number, number][]> = {
  tanh: [
    [-20, -1],
    [-2, -0.9640275800758169],
    [-0.625, -0.5545997223493823],
    [-0.001, -0.0009999996666668],
    [0, 0],
    [0.5, 0.46211715726000974],
    [1, 0.7615941559557649],
    [9, 0.9999999695400409],
  ],
  gelu: [
    [-6, -5.9195258702261885e-9],
    [-4, -0.0001266849673324797],
    [-3.6, -0.0005727909245671218],
    [-3.5, -0.0008142017766243376],
    [-2.5, -0.015524163314440337],
    [-1, -0.15865525393145705],
    [-0.5, -0.15426876936299344],
    [-0.001, -0.000499601057786089],
    [1e-8, 5.000000039894228e-9],
    [0.25, 0.14967658142073093],
    [0.75, 0.5800294857173488],
    [1, 0.8413447460685429],
    [2, 1.9544997361036416],
    [3.5, 3.4991857982233756],
    [3.6, 3.599427209075433],
    [5, 4.999998566742141],
    [8.5, 8.5],
  ],
  gelu_tanh: [
    [-6, -8.439646700762297e-11],
    [-4, -7.024594819237268e-5],
    [-3.6, -0.00041258021416358277],
    [-3.5, -0.0006161976553736633],
    [-2.5, -0.015084266089998582],
    [-1, -0.1588080093917233],
    [-0.5, -0.15428599017485609],
    [-0.001, -0.000499601057786418],
    [1e-8, 5.000000039894228e-9],
    [0.25, 0.149675350701685],
    [0.75, 0.5799605551656203],
    [1, 0.8411919906082767],
    [2, 1.954597694087775],
    [3.5, 3.499383802344626],
    [3.6, 3.5995874197858364],
    [5, 4.999999770820381],
    [8.5, 8.5],
  ],
  silu: [
    [-20, -4.122307236380407e-8],
    [-2, -0.23840584404423512],
    [-0.5, -0.18877033439907273],
    [0, 0],
    [0.5, 0.3112296656009273],
    [3, 2.8577223804672998],
    [20, 19.99999995877693],
  ],
  relu: [
    [-1, 0],
    [0, 0],
    [2.5, 2.5],
  ],
};

describe.each(Object.entries(VALUES) as [ActivationName, [number, number][]][])('%s', (name, pairs) => {
  test.each(pairs)('of %f is %f, with the precision of f64', (x, expected) => {
    expect(Math.abs(ACTIVATIONS[name](x) - expected)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(x)));
  });
});
