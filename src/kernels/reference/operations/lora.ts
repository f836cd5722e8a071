// The low-rank matrices of adapters: every element is a sum in f64, in order of index, rounded once.

import type { QuantizedRows, StepState } from '../step-state.ts';
import { GROUP_SIZE } from './quantize.ts';

/** output[t] = scale * (a x input[t]) */
export function loraDown(state: StepState, input: number, target: number, output: number): void {
  const stride = state.widthOf(output);
  const out = state.floats(output);
  const row = rowReader(state, input);
  for (let t = 0; t < state.rowsOf(input); t++) {
    const matrices = state.loraOf(output, t, target);
    if (matrices === undefined) continue;
    const { a, scale } = matrices;
    const x = row(t);
    const elements = state.scratch(a.columns);
    for (let r = 0; r < a.rows; r++) {
      a.decodeRow(r, elements, 0);
      let sum = 0;
      for (let i = 0; i < a.columns; i++) sum += x(i) * elements[i]!;
      out[t * stride + r] = scale * sum;
    }
  }
}

/** output[t] += b x lora[t] */
export function loraUp(state: StepState, lora: number, target: number, output: number): void {
  const stride = state.widthOf(lora);
  const width = state.widthOf(output);
  const x = state.floats(lora);
  const out = state.floats(output);
  for (let t = 0; t < state.rowsOf(output); t++) {
    const b = state.loraOf(output, t, target)?.b;
    if (b === undefined) continue;
    const elements = state.scratch(b.columns);
    for (let o = 0; o < width; o++) {
      b.decodeRow(o, elements, 0);
      let sum = 0;
      for (let r = 0; r < b.columns; r++) sum += x[t * stride + r]! * elements[r]!;
      out[t * width + o]! += Math.fround(sum);
    }
  }
}

// Returns a function that returns the elements of a row.
function rowReader(state: StepState, input: number): (t: number) => (i: number) => number {
  const width = state.widthOf(input);
  if (state.isQuantized(input)) {
    const rows = state.quantized(input);
    return (t) => (i) => dequantized(rows, t * width + i);
  }
  const x = state.floats(input);
  return (t) => (i) => x[t * width + i]!;
}

const dequantized = ({ values, scales }: QuantizedRows, index: number): number =>
  Math.fround(values[index]! * scales[Math.floor(index / GROUP_SIZE)]!);
