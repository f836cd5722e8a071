// linear: every output element is one sum over the inputs in index order in f64, rounded once after the bias. Four
// rows of weights are decoded at a time and used for all tokens. The four sums are independent, so the processor
// overlaps them; the order of each sum does not depend on the number of tokens or rows.

import type { QuantizedRows, StepState } from '../step-state.ts';
import { GROUP } from './quantize.ts';

const TILE = 4; // weight rows decoded together

export function linear(
  state: StepState,
  input: number,
  weight: number,
  bias: number | undefined,
  output: number,
): void {
  const matrix = state.matrix(weight);
  const { columns, rows: outputs } = matrix;
  const tokens = state.rowsOf(input);
  const out = state.floats(output);
  const shift = bias === undefined ? undefined : state.vector(bias);
  const tile = state.scratch(TILE * columns); // [TILE, columns]
  const sums = new Float64Array(TILE);
  const quantized = state.isQuantized(input) ? state.quantized(input) : undefined;
  const floats = quantized === undefined ? state.floats(input) : undefined;
  for (let first = 0; first < outputs; first += TILE) {
    const count = Math.min(TILE, outputs - first);
    for (let r = 0; r < count; r++) matrix.decodeRow(first + r, tile, r * columns);
    for (let t = 0; t < tokens; t++) {
      if (floats !== undefined) dotFloats(tile, floats, t * columns, columns, sums);
      else dotQuantized(tile, quantized!, t * columns, columns, sums);
      const to = t * outputs + first;
      for (let r = 0; r < count; r++)
        out[to + r] = shift === undefined ? sums[r]! : sums[r]! + shift[first + r]!;
    }
  }
}

function dotFloats(w: Float64Array, x: Float32Array, at: number, columns: number, sums: Float64Array): void {
  const row1 = columns;
  const row2 = 2 * columns;
  const row3 = 3 * columns;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < columns; i++) {
    const value = x[at + i]!;
    s0 += value * w[i]!;
    s1 += value * w[row1 + i]!;
    s2 += value * w[row2 + i]!;
    s3 += value * w[row3 + i]!;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

// The weights of a group are its f16 scale times signed bytes. `value * weight` summed over a group is therefore
// exactly the integer dot product times that scale: at most 32 * 127 * 127 times an 11-bit number.
function dotQuantized(
  w: Float64Array,
  { values: x, scales }: QuantizedRows,
  at: number,
  columns: number,
  sums: Float64Array,
): void {
  for (let r = 0; r < TILE; r++) {
    let sum = 0;
    for (let group = 0; group < columns; group += GROUP) {
      let dot = 0;
      for (let i = group; i < group + GROUP; i++) dot += x[at + i]! * w[r * columns + i]!;
      sum += dot * scales[(at + group) / GROUP]!;
    }
    sums[r] = sum;
  }
}
