// attention (Vaswani et al. 2017; paged as in Kwon et al. 2023): stores the keys and values of the step in the KV blocks.
// Then each token attends to all positions up to its position, or to the last positions in a sliding window (Beltagy et al.
// 2020). Scores, weights and sums are computed in f64 in order of position, and each output is rounded once. The result
// therefore does not depend on the block size, on chunks or on other sequences of the step.

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
  const scores = new Float64Array(state.contextLength + 3); // scores are computed four at a time
  for (let s = 0; s < sequences; s++) {
    const slots = findSlots(state, shape, s);
    for (let t = queryStart[s]!; t < queryStart[s + 1]!; t++) storeToken(state, operands, shape, slots, t);
    const history = readHistory(state.kv[shape.group]!, shape, slots);
    for (let t = queryStart[s]!; t < queryStart[s + 1]!; t++)
      attendToken(state, operands, shape, history, scores, t);
  }
}

// Where the keys and values of a sequence are in the KV blocks.
interface Slots {
  /** element offset of the key of each position. [contextLength of the sequence] */
  readonly keyOffsets: Int32Array;
  /** offset of a value relative to the key of the same position */
  readonly valueOffset: number;
}

function findSlots(state: StepState, shape: Attention, s: number): Slots {
  const { plan, layout } = state;
  const { blockSize } = layout;
  const table = plan.blockTable[shape.group]!;
  const { blockElements } = state.kv[shape.group]!;
  const slotElements = shape.kvHeads * shape.headDim;
  const layerStart = shape.layerInGroup * 2 * blockSize * slotElements;
  const length = plan.contextLength[s]!;
  const keyOffsets = new Int32Array(length);
  for (let position = 0; position < length; position++) {
    const block = table[s * plan.maxBlocks + Math.floor(position / blockSize)]!;
    keyOffsets[position] = block * blockElements + layerStart + (position % blockSize) * slotElements;
  }
  return { keyOffsets, valueOffset: blockSize * slotElements };
}

// Keys and values as f32: the KV memory, or a copy converted to f32 if the KV dtype is another.
interface History extends Slots {
  readonly data: Float32Array;
}

function readHistory(memory: KvMemory, shape: Attention, slots: Slots): History {
  if (memory.data instanceof Float32Array) return { ...slots, data: memory.data };
  const width = shape.kvHeads * shape.headDim;
  const length = slots.keyOffsets.length;
  const data = new Float32Array(2 * length * width);
  slots.keyOffsets.forEach((offset, position) => {
    memory.decode(offset, width, data, position * width);
    memory.decode(offset + slots.valueOffset, width, data, (length + position) * width);
  });
  return {
    data,
    keyOffsets: slots.keyOffsets.map((_, position) => position * width),
    valueOffset: length * width,
  };
}

function storeToken(state: StepState, operands: Operands, shape: Attention, slots: Slots, t: number): void {
  const memory = state.kv[shape.group]!;
  const width = shape.kvHeads * shape.headDim;
  const offset = slots.keyOffsets[state.plan.positions[t]!]!;
  memory.store(offset, state.floats(operands.key), t * width, width);
  memory.store(offset + slots.valueOffset, state.floats(operands.value), t * width, width);
}

/** A query head of a token: the offsets of query, keys and values, and the positions to which the token attends. */
interface Head {
  /** element offset of the query and of the output of the head */
  readonly queryStart: number;
  /** element offset of the KV head in the key or value of a position */
  readonly start: number;
  readonly dim: number;
  readonly scale: number;
  /** limit of the scores */
  readonly softCap: number | undefined;
  /** first position to which the token attends */
  readonly first: number;
  /** position after the last one to which the token attends */
  readonly end: number;
}

function attendToken(
  state: StepState,
  operands: Operands,
  shape: Attention,
  history: History,
  scores: Float64Array,
  t: number,
): void {
  const { heads, kvHeads, headDim, scale, softCap } = shape;
  const query = state.floats(operands.query);
  const out = state.floats(operands.output);
  const end = state.plan.positions[t]! + 1;
  const first = shape.window === undefined ? 0 : Math.max(0, end - shape.window);
  // If the head size is not a multiple of four, up to three additional sums are computed, which are not used.
  const sums = new Float64Array(headDim + 3);
  for (let h = 0; h < heads; h++) {
    const start = Math.floor((h * kvHeads) / heads) * headDim;
    const queryStart = (t * heads + h) * headDim;
    const head: Head = { queryStart, start, dim: headDim, scale, softCap, first, end };
    const total = computeWeights(query, history, head, scores);
    sumValues(scores, history, head, sums);
    for (let i = 0; i < headDim; i++) out[head.queryStart + i] = sums[i]! / total;
  }
}

// Computes the sums of the values, weighted by `scores`, in order of position. The sums of four elements are computed
// together: they are in registers and independent of each other.
function sumValues(
  scores: Float64Array,
  { data, keyOffsets, valueOffset }: History,
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
      const from = keyOffsets[position]! + offset + i;
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

// Sets `scores` to exp(score - largest score) for positions `first` to `end - 1`. Returns their sum.
function computeWeights(
  query: Float32Array,
  { data, keyOffsets }: History,
  { queryStart, start, dim, scale, softCap, first, end }: Head,
  scores: Float64Array,
): number {
  for (let position = first; position < end; position += 4) {
    // After the end, the score of the last key is computed again. These scores are not used.
    const from0 = keyOffsets[position]! + start;
    const from1 = keyOffsets[Math.min(position + 1, end - 1)]! + start;
    const from2 = keyOffsets[Math.min(position + 2, end - 1)]! + start;
    const from3 = keyOffsets[Math.min(position + 3, end - 1)]! + start;
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
  }
  if (softCap !== undefined)
    for (let position = first; position < end; position++)
      scores[position] = softCap * Math.tanh(scores[position]! / softCap);
  let largest = Number.NEGATIVE_INFINITY;
  for (let position = first; position < end; position++) largest = Math.max(largest, scores[position]!);
  let total = 0;
  for (let position = first; position < end; position++) {
    const weight = Math.exp(scores[position]! - largest);
    scores[position] = weight;
    total += weight;
  }
  return total;
}
