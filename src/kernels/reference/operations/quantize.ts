// quantize: int8 with a scale per token and group of 32. The scale is the largest magnitude over 127, in f32. A value
// is multiplied by the inverse of the scale in f32 and rounded half away from zero. A group with a subnormal scale
// becomes zero.

import type { StepState } from '../step-state.ts';

export const GROUP = 32;
const SMALLEST_NORMAL = 2 ** -126; // of f32; below it the inverse would overflow

export function quantize(state: StepState, input: number, output: number): void {
  const x = state.floats(input);
  const { values, scales } = state.quantized(output);
  const groups = (state.rowsOf(input) * state.widthOf(input)) / GROUP;
  for (let group = 0; group < groups; group++) {
    const from = group * GROUP;
    let largest = 0;
    for (let i = from; i < from + GROUP; i++) largest = Math.max(largest, Math.abs(x[i]!));
    const scale = Math.fround(largest / 127);
    const inverse = scale < SMALLEST_NORMAL ? 0 : Math.fround(1 / scale);
    scales[group] = scale;
    for (let i = from; i < from + GROUP; i++) {
      const quotient = Math.fround(x[i]! * inverse);
      values[i] = Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
    }
  }
}
