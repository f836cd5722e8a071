import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOperationState, embedInput } from '../../../../tests/support/models/run-operation.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor, tensorOf } from '../../../../tests/support/models/tensors.ts';
import { runStep } from '../run-step.ts';

// The weights of the linear layer are quantized, so its input is quantized.
const weight = randomTensor('head.weight', 'Q8_0', [2, 64], () => 0.5);

function quantizeRows(rows: readonly number[][]): { values: Int8Array; scales: Float32Array } {
  const x = tensorOf('x', [rows.length, 64], rows.flat());
  const state = createOperationState([x, weight], (b) => b.linear('y', embedInput(b, x), 'head', 2), {
    activations: 'int8',
  });
  runStep(state, tokensPlan(rows.map((_, t) => t)));
  const operation = state.tape.operations.find(({ kind }) => kind === 'quantize') as { output: number };
  const { values, scales } = state.quantized(operation.output);
  return { values: values.slice(0, rows.length * 64), scales: scales.slice(0, rows.length * 2) };
}

const row = (first: readonly number[], second: readonly number[] = []): number[] =>
  Array.from({ length: 64 }, (_, i) => (i < 32 ? first[i] : second[i - 32]) ?? 0);

test('`quantize` sets the scale of a group to its largest magnitude / 127 and rounds ties away from zero', () => {
  const { values, scales } = quantizeRows([
    row([127, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49, -126.5], [-254, 1, 3]),
  ]);
  expect([...scales]).toEqual([1, 2]);
  expect([...values.slice(0, 8)]).toEqual([127, 1, -1, 2, 3, -3, 0, -127]);
  expect([...values.slice(32, 35)]).toEqual([-127, 1, 2]);
});

test('`quantize` sets the scale of a group of zeros to 0 and does not change other groups', () => {
  const { values, scales } = quantizeRows([row([], [1]), row([1], [])]);
  expect([...scales]).toEqual([0, 1 / 127, 1 / 127, 0].map(Math.fround));
  expect([...values].flatMap((value, i) => (value === 0 ? [] : [[i, value]]))).toEqual([
    [32, 127],
    [64, 127],
  ]);
});

const floats = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

test('`quantize` has an error of at most half the scale, and the largest magnitude becomes 127', () => {
  const normal = floats.map((value) => (Math.abs(value) < 1e-6 ? 0 : value));
  fc.assert(
    fc.property(fc.array(normal, { minLength: 64, maxLength: 64 }), (x) => {
      const { values, scales } = quantizeRows([x]);
      for (let group = 0; group < 2; group++) {
        const from = group * 32;
        const scale = scales[group]!;
        const largest = Math.max(...x.slice(from, from + 32).map(Math.abs));
        expect(scale).toBe(Math.fround(largest / 127));
        if (largest > 0) expect(Math.max(...values.slice(from, from + 32).map(Math.abs))).toBe(127);
        for (let i = from; i < from + 32; i++) {
          expect(Math.abs(x[i]! - values[i]! * scale)).toBeLessThanOrEqual(scale * 0.50002);
        }
      }
    }),
    { numRuns: 50 },
  );
});
