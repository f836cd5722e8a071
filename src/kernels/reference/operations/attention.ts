// attention (Vaswani et al. 2017; paged as in Kwon et al. 2023): appends the step's keys and values to their slots. Then
// each token attends to all positions up to its own, or to a window of the last ones (Beltagy et al. 2020), through the
// block table of its sequence. Scores, weights and sums are computed in f64 in order of absolute position, and each
// output is rounded once. The result therefore does not depend on blocks, chunks or other sequences in the step.

import type { Attention } from '../../../program/operations.ts';
import type { KvMemory } from '../kv-memory.ts';
import type { StepState } from '../step-state.ts';

interface Operands {
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly output: number;
}

export function attention(state: StepState, operands: Operands, shape: Attention): void {
  const { queryStart } = state.plan;
  const sequences = queryStart.length - 1;
  const scores = new Float64Array(state.contextLength + 3); // scored four at a time
  for (let s = 0; s < sequences; s++) {
    const slots = slotsOf(state, shape, s);
    for (let t = queryStart[s]!; t < queryStart[s + 1]!; t++) append(state, operands, shape, slots, t);
    const history = historyOf(state.kv[shape.group]!, shape, slots);
    for (let t = queryStart[s]!; t < queryStart[s + 1]!; t++)
      attend(state, operands, shape, history, scores, t);
  }
}

// The element offset of the key of each position of sequence s; the value is `valueOffset` elements further on.
interface Slots {
  readonly keyAt: Int32Array; // [contextLength of s]
  readonly valueOffset: number;
}

function slotsOf(state: StepState, shape: Attention, s: number): Slots {
  const { plan, layout } = state;
  const { blockSize } = layout;
  const table = plan.blockTable[shape.group]!;
  const { blockElements } = state.kv[shape.group]!;
  const slotElements = shape.kvHeads * shape.headDim;
  const layerStart = shape.layerInGroup * 2 * blockSize * slotElements;
  const length = plan.contextLength[s]!;
  const keyAt = new Int32Array(length);
  for (let position = 0; position < length; position++) {
    const block = table[s * plan.maxBlocks + Math.floor(position / blockSize)]!;
    keyAt[position] = block * blockElements + layerStart + (position % blockSize) * slotElements;
  }
  return { keyAt, valueOffset: blockSize * slotElements };
}

// Keys and values as f32: KV memory itself, or a decoded copy if it has another dtype.
interface History extends Slots {
  readonly data: Float32Array;
}

function historyOf(memory: KvMemory, shape: Attention, slots: Slots): History {
  if (memory.data instanceof Float32Array) return { ...slots, data: memory.data };
  const width = shape.kvHeads * shape.headDim;
  const length = slots.keyAt.length;
  const data = new Float32Array(2 * length * width);
  slots.keyAt.forEach((at, position) => {
    memory.decode(at, width, data, position * width);
    memory.decode(at + slots.valueOffset, width, data, (length + position) * width);
  });
  return { data, keyAt: slots.keyAt.map((_, position) => position * width), valueOffset: length * width };
}

function append(state: StepState, operands: Operands, shape: Attention, slots: Slots, t: number): void {
  const memory = state.kv[shape.group]!;
  const width = shape.kvHeads * shape.headDim;
  const at = slots.keyAt[state.plan.positions[t]!]!;
  memory.append(at, state.floats(operands.key), t * width, width);
  memory.append(at + slots.valueOffset, state.floats(operands.value), t * width, width);
}

/** One head of one token: where its query and its keys and values start, and which positions it attends to. */
interface Head {
  /** element offset of the query and of the output */
  readonly queryStart: number;
  /** element offset of the head within the key or value of a position */
  readonly start: number;
  readonly dim: number;
  readonly scale: number;
  /** first position that the token attends to */
  readonly first: number;
  /** position after the last one */
  readonly end: number;
}

function attend(
  state: StepState,
  operands: Operands,
  shape: Attention,
  history: History,
  scores: Float64Array,
  t: number,
): void {
  const { heads, kvHeads, headDim, scale } = shape;
  const query = state.floats(operands.query);
  const out = state.floats(operands.output);
  const end = state.plan.positions[t]! + 1;
  const first = shape.window === undefined ? 0 : Math.max(0, end - shape.window);
  // A head whose size is not a multiple of four reads beyond its end; those sums are not used.
  const sums = new Float64Array(headDim + 3);
  for (let h = 0; h < heads; h++) {
    const start = Math.floor((h * kvHeads) / heads) * headDim;
    const head: Head = { queryStart: (t * heads + h) * headDim, start, dim: headDim, scale, first, end };
    const total = softmaxScores(query, history, head, scores);
    sumValues(scores, history, head, sums);
    for (let i = 0; i < headDim; i++) out[head.queryStart + i] = sums[i]! / total;
  }
}

// Adds up the values weighted by the scores, each element in order of position. Four elements at a time: their sums
// stay in registers and are independent of each other.
function sumValues(
  scores: Float64Array,
  { data, keyAt, valueOffset }: History,
  { start, dim, first, end }: Head,
  sums: Float64Array,
): void {
  const offset = valueOffset + start;
  for (let i = 0; i < dim; i += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let position = first; position < end; position++) {
      const weight = scores[position]!;
      const from = keyAt[position]! + offset + i;
      s0 += weight * data[from]!;
      s1 += weight * data[from + 1]!;
      s2 += weight * data[from + 2]!;
      s3 += weight * data[from + 3]!;
    }
    sums[i] = s0;
    sums[i + 1] = s1;
    sums[i + 2] = s2;
    sums[i + 3] = s3;
  }
}

// Writes exp(score - largest score) of the positions first to end - 1 to `scores`; returns their sum.
function softmaxScores(
  query: Float32Array,
  { data, keyAt }: History,
  { queryStart, start, dim, scale, first, end }: Head,
  scores: Float64Array,
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let position = first; position < end; position += 4) {
    // Beyond the end the last key is scored again; the next softmax overwrites these scores.
    const from0 = keyAt[position]! + start;
    const from1 = keyAt[Math.min(position + 1, end - 1)]! + start;
    const from2 = keyAt[Math.min(position + 2, end - 1)]! + start;
    const from3 = keyAt[Math.min(position + 3, end - 1)]! + start;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < dim; i++) {
      const element = query[queryStart + i]!;
      s0 += element * data[from0 + i]!;
      s1 += element * data[from1 + i]!;
      s2 += element * data[from2 + i]!;
      s3 += element * data[from3 + i]!;
    }
    scores[position] = s0 * scale;
    scores[position + 1] = s1 * scale;
    scores[position + 2] = s2 * scale;
    scores[position + 3] = s3 * scale;
    largest = Math.max(largest, s0 * scale, s1 * scale, s2 * scale, s3 * scale);
  }
  let total = 0;
  for (let position = first; position < end; position++) {
    const weight = Math.exp(scores[position]! - largest);
    scores[position] = weight;
    total += weight;
  }
  return total;
}
