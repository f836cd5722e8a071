// attention (Vaswani et al. 2017; paged as in Kwon et al. 2023): appends the step's keys and values to their
// slots, then lets each token attend to all positions up to its own, or to a window of the last ones (Beltagy
// et al. 2020), through its sequence's block table.
// Scores, weights and sums are f64 in order of absolute position and each output is rounded once, so the
// result does not depend on blocks, chunks or neighbours.

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

// Where sequence s keeps the key of each position, as an element offset; the value is `valueOffset` further.
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

// Keys and values as f32: the memory itself, or what is stored otherwise decoded.
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

function attend(
  state: StepState,
  operands: Operands,
  shape: Attention,
  { data, keyAt, valueOffset }: History,
  scores: Float64Array,
  t: number,
): void {
  const { heads, kvHeads, headDim } = shape;
  const query = state.floats(operands.query);
  const out = state.floats(operands.output);
  const length = state.plan.positions[t]! + 1;
  const first = shape.window === undefined ? 0 : Math.max(0, length - shape.window);
  // A head whose size is no multiple of four reads on into its neighbour; those sums are not used.
  const sums = new Float64Array(headDim + 3);
  for (let head = 0; head < heads; head++) {
    const headStart = Math.floor((head * kvHeads) / heads) * headDim;
    const at = (t * heads + head) * headDim;
    const total = softmaxScores(
      query,
      at,
      data,
      keyAt,
      headStart,
      headDim,
      shape.scale,
      first,
      length,
      scores,
    );
    sumValues(scores, data, keyAt, valueOffset + headStart, headDim, first, length, sums);
    for (let i = 0; i < headDim; i++) out[at + i] = sums[i]! / total;
  }
}

// The values weighted by the scores, each element summed in order of position. Four elements at a time: their
// sums stay in registers and do not wait for each other.
function sumValues(
  scores: Float64Array,
  data: Float32Array,
  keyAt: Int32Array,
  offset: number,
  headDim: number,
  first: number,
  length: number,
  sums: Float64Array,
): void {
  for (let i = 0; i < headDim; i += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let position = first; position < length; position++) {
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

// Leaves exp(score - largest score) of positions first to length - 1 in `scores` and returns their sum.
function softmaxScores(
  query: Float32Array,
  at: number,
  data: Float32Array,
  keyAt: Int32Array,
  headStart: number,
  headDim: number,
  scale: number,
  first: number,
  length: number,
  scores: Float64Array,
): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let position = first; position < length; position += 4) {
    // Past the end the last key is scored again; the next softmax overwrites it.
    const from0 = keyAt[position]! + headStart;
    const from1 = keyAt[Math.min(position + 1, length - 1)]! + headStart;
    const from2 = keyAt[Math.min(position + 2, length - 1)]! + headStart;
    const from3 = keyAt[Math.min(position + 3, length - 1)]! + headStart;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < headDim; i++) {
      const element = query[at + i]!;
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
  for (let position = first; position < length; position++) {
    const weight = Math.exp(scores[position]! - largest);
    scores[position] = weight;
    total += weight;
  }
  return total;
}
