// linear: every output is a sum over the inputs in f64, in order of index, rounded once after the addition of the bias. Four
// rows of weights are converted to doubles together and used for all tokens. Their sums are independent, so the processor can compute
// them in parallel. The order of the additions does not depend on the number of tokens or rows.

import type { QuantizedRows, StepState } from '../step-state.ts';
import { GROUP_SIZE } from './quantize.ts';

const TILE_ROWS = 4; // rows of weights that are converted together

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
  const biases = bias === undefined ? undefined : state.vector(bias);
  const tile = state.scratch(TILE_ROWS * columns); // [TILE_ROWS, columns]
  const sums = new Float64Array(TILE_ROWS);
  const quantized = state.isQuantized(input) ? state.quantized(input) : undefined;
  const floats = quantized === undefined ? state.floats(input) : undefined;
  for (let first = 0; first < outputs; first += TILE_ROWS) {
    const count = Math.min(TILE_ROWS, outputs - first);
    for (let r = 0; r < count; r++) matrix.decodeRow(first + r, tile, r * columns);
    for (let t = 0; t < tokens; t++) {
      if (floats !== undefined) dotFloats(tile, floats, t * columns, columns, sums);
      else dotQuantized(tile, quantized!, t * columns, columns, sums);
      const to = t * outputs + first;
      for (let r = 0; r < count; r++)
        out[to + r] = biases === undefined ? sums[r]! : sums[r]! + biases[first + r]!;
    }
  }
}

function dotFloats(
  w: Float64Array,
  x: Float32Array,
  from: number,
  columns: number,
  sums: Float64Array,
): void {
  const row1 = columns;
  const row2 = 2 * columns;
  const row3 = 3 * columns;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < columns; i++) {
    const value = x[from + i]!;
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

// The weights of a group are an f16 scale times signed bytes. The sum of `value * weight` over a group is therefore exactly
// the integer dot product times the scale: at most 32 * 127 * 127 times an 11-bit number.
function dotQuantized(
  w: Float64Array,
  { values: x, scales }: QuantizedRows,
  from: number,
  columns: number,
  sums: Float64Array,
): void {
  for (let r = 0; r < TILE_ROWS; r++) {
    let sum = 0;
    for (let group = 0; group < columns; group += GROUP_SIZE) {
      let dot = 0;
      for (let i = group; i < group + GROUP_SIZE; i++) dot += x[from + i]! * w[r * columns + i]!;
      sum += dot * scales[(from + group) / GROUP_SIZE]!;
    }
    sums[r] = sum;
  }
}
