// quantize: converts rows to int8 with a scale for each group of 32 elements. The scale is the largest magnitude divided by
// 127, in f32. An element is multiplied by the inverse of the scale in f32, and ties are rounded away from zero. The
// elements of a group with a subnormal scale become zero.

import type { StepState } from '../step-state.ts';

export const GROUP_SIZE = 32;
const MIN_NORMAL = 2 ** -126; // of f32; the inverse of a smaller scale can overflow

export function quantize(state: StepState, input: number, output: number): void {
  const x = state.floats(input);
  const { values, scales } = state.quantized(output);
  const groups = (state.rowsOf(input) * state.widthOf(input)) / GROUP_SIZE;
  for (let group = 0; group < groups; group++) {
    const from = group * GROUP_SIZE;
    let largest = 0;
    for (let i = from; i < from + GROUP_SIZE; i++) largest = Math.max(largest, Math.abs(x[i]!));
    const scale = Math.fround(largest / 127);
    const inverse = scale < MIN_NORMAL ? 0 : Math.fround(1 / scale);
    scales[group] = scale;
    for (let i = from; i < from + GROUP_SIZE; i++) {
      const quotient = Math.fround(x[i]! * inverse);
      values[i] = Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
    }
  }
}
