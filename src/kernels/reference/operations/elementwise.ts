// add, mul, scale, activation and gatherRows. Every element of an output is rounded once.

import type { ActivationName } from '../../../base/model/model-file.ts';
import type { StepState } from '../step-state.ts';

export function add(state: StepState, left: number, right: number, output: number): void {
  const a = state.floats(left);
  const b = state.floats(right);
  const out = state.floats(output);
  const count = state.rowsOf(output) * state.widthOf(output);
  for (let i = 0; i < count; i++) out[i] = a[i]! + b[i]!;
}

export function mul(state: StepState, left: number, right: number, output: number): void {
  const a = state.floats(left);
  const b = state.floats(right);
  const out = state.floats(output);
  const count = state.rowsOf(output) * state.widthOf(output);
  for (let i = 0; i < count; i++) out[i] = a[i]! * b[i]!;
}

export function scale(state: StepState, input: number, factor: number, output: number): void {
  const x = state.floats(input);
  const out = state.floats(output);
  const count = state.rowsOf(output) * state.widthOf(output);
  const rounded = Math.fround(factor); // as in a tape
  for (let i = 0; i < count; i++) out[i] = x[i]! * rounded;
}

export function activation(state: StepState, name: ActivationName, input: number, output: number): void {
  const x = state.floats(input);
  const out = state.floats(output);
  const count = state.rowsOf(output) * state.widthOf(output);
  const compute = ACTIVATIONS[name];
  for (let i = 0; i < count; i++) out[i] = compute(x[i]!);
}

export function gatherRows(state: StepState, input: number, output: number): void {
  const width = state.widthOf(input);
  const x = state.floats(input);
  const out = state.floats(output);
  state.plan.logitsRows.forEach((row, to) => {
    out.set(x.subarray(row * width, (row + 1) * width), to * width);
  });
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

export const ACTIVATIONS: Record<ActivationName, (x: number) => number> = {
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(0, x),
  gelu_tanh: (x) => 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  tanh: Math.tanh,
};

// The error function: the Maclaurin series near zero, otherwise the continued fraction of the complementary error function
// (Abramowitz and Stegun 7.1.5 and 7.1.14). The error is at most 4e-15; shorter rational approximations have an error of
// 1e-7.
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  return Math.sign(x) * (a < 2.5 ? erfSeries(a) : 1 - erfcFraction(a));
}

function erfSeries(a: number): number {
  let term = a;
  let sum = a;
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (-a * a) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(a: number): number {
  let tail = a;
  for (let n = 60; n >= 1; n--) tail = a + n / 2 / tail;
  return Math.exp(-a * a) / (Math.sqrt(Math.PI) * tail);
}
