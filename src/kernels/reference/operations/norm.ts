// rmsNorm (Zhang and Sennrich 2019) and layerNorm (Ba et al. 2016): sums in f64 in index order, each
// output rounded once.

import type { StepState } from '../step-state.ts';

/** @param size number of elements that are normalized together: a whole row, or one head of it */
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
  for (let at = 0; at < end; at += size) {
    let squares = 0;
    for (let i = 0; i < size; i++) squares += x[at + i]! * x[at + i]!;
    const inverse = 1 / Math.sqrt(squares / size + epsilon);
    for (let i = 0; i < size; i++) out[at + i] = x[at + i]! * inverse * scale[i]!;
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
  for (let row = 0, at = 0; row < state.rowsOf(input); row++, at += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[at + i]!;
    const mean = sum / width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (x[at + i]! - mean) ** 2;
    const inverse = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) out[at + i] = (x[at + i]! - mean) * inverse * scale[i]! + shift[i]!;
  }
}
