// rope (Su et al. 2021): rotates pairs of elements of a head by an angle that is proportional to the position. Angles and
// frequencies are rounded to f32, as in the code with which the models were trained. Rotated elements are rounded once. The
// frequencies are computed in program/rope-table.ts.

import type { RopeTable } from '../../../program/rope-table.ts';
import type { StepState } from '../step-state.ts';

export function rope(
  state: StepState,
  input: number,
  heads: number,
  headDim: number,
  table: RopeTable,
  output: number,
): void {
  const x = state.floats(input);
  const out = state.floats(output);
  const { positions } = state.plan;
  const { layout, dim, frequencies, magnitude } = table;
  const half = dim / 2;
  const width = heads * headDim;
  const [stride, distance] = layout === 'half' ? [1, half] : [2, 1];
  for (let t = 0; t < state.tokens; t++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(positions[t]! * frequencies[i]!);
      const cosine = Math.fround(Math.fround(Math.cos(angle)) * magnitude);
      const sine = Math.fround(Math.fround(Math.sin(angle)) * magnitude);
      for (let head = 0; head < heads; head++) {
        const a = t * width + head * headDim + i * stride;
        const b = a + distance;
        const left = x[a]!;
        const right = x[b]!;
        out[a] = left * cosine - right * sine;
        out[b] = right * cosine + left * sine;
      }
    }
    copyUnrotated(x, out, t * width, heads, headDim, dim);
  }
}

// Copies the elements of each head that are not rotated.
function copyUnrotated(
  x: Float32Array,
  out: Float32Array,
  start: number,
  heads: number,
  headDim: number,
  dim: number,
): void {
  if (dim === headDim) return;
  for (let head = 0; head < heads; head++) {
    for (let i = start + head * headDim + dim; i < start + (head + 1) * headDim; i++) out[i] = x[i]!;
  }
}
