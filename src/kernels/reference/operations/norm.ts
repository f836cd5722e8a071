// rmsNorm (Zhang and Sennrich 2019) and layerNorm (Ba et al. 2016). Sums are computed in f64 in order of index, and each
// output is rounded once.

import type { StepState } from '../step-state.ts';

/** @param size number of elements that are normalized together: a row or a head */
export function rmsNorm(
  state: StepState,
  input: number,
  weight: number,
  size: number,
  epsilon: number,
  output: number,
): void {
  const x = state.floats(input);
  const out = state.floats(output);
  const scale = state.vector(weight);
  const end = state.rowsOf(input) * state.widthOf(input);
  for (let start = 0; start < end; start += size) {
    let squares = 0;
    for (let i = 0; i < size; i++) squares += x[start + i]! * x[start + i]!;
    const inverse = 1 / Math.sqrt(squares / size + epsilon);
    for (let i = 0; i < size; i++) out[start + i] = x[start + i]! * inverse * scale[i]!;
  }
}

export function layerNorm(
  state: StepState,
  input: number,
  weight: number,
  bias: number,
  epsilon: number,
  output: number,
): void {
  const width = state.widthOf(input);
  const x = state.floats(input);
  const out = state.floats(output);
  const scale = state.vector(weight);
  const shift = state.vector(bias);
  for (let row = 0, start = 0; row < state.rowsOf(input); row++, start += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[start + i]!;
    const mean = sum / width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (x[start + i]! - mean) ** 2;
    const inverse = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) out[start + i] = (x[start + i]! - mean) * inverse * scale[i]! + shift[i]!;
  }
}
