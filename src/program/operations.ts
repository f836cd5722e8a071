// The operations of a network, each declared once: what it computes, and its fields in the order of a tape. The types below,
// inputs and outputs (operands.ts), the words of a tape (kernels/native/tape-words.ts) and the header of the native backend
// (tools/native/operations-header.ts) are derived from this table. docs/operations.md says what else
// a new operation takes.

import { ACTIVATION_NAMES } from '../base/model/model-file.ts';
import {
  choice,
  EITHER,
  type Fields,
  float,
  input,
  integer,
  matrix,
  optional,
  output,
  QUANTIZED,
  record,
  rope,
  type ValuesOf,
  vector,
} from './fields.ts';

const MAX_HEADS = 1 << 12;
const MAX_LAYERS = 1 << 16;
const MAX_HEAD_DIM = 512;
const MAX_WIDTH = 1 << 28;

const activation = choice('Activation', ACTIVATION_NAMES);

export const OPERATIONS = {
  /** output[t] = table[id], where id is the token t or its position */
  embed: {
    table: matrix('entries', 'width'),
    by: choice('EmbedBy', ['token', 'position']),
    output: output('T', 'width'),
  },
  /** x / sqrt(mean(x^2) + epsilon) * weight, over each run of `size` elements: a row, or each head of it */
  rmsNorm: {
    input: input('rows', 'width'),
    weight: vector('size'),
    size: integer(1, MAX_WIDTH),
    epsilon: float(),
    output: output('rows', 'width', EITHER),
  },
  /** (x - mean) / sqrt(variance + epsilon) * weight + bias */
  layerNorm: {
    input: input('rows', 'width'),
    weight: vector('width'),
    bias: vector('width'),
    epsilon: float(),
    output: output('rows', 'width', EITHER),
  },
  /** int8 with one scale for each token and group of 32 */
  quantize: { input: input('rows', 'width'), output: output('rows', 'width', QUANTIZED) },
  /** output[t][o] = sum over i of input[t][i] * weight[o][i], plus bias[o]; rounded, then plus residual[t][o] */
  linear: {
    input: input('rows', 'columns', { dtypes: EITHER }),
    weight: matrix('outputs', 'columns'),
    bias: optional(vector('outputs')),
    residual: optional(input('rows', 'outputs', { memory: 'in place' })),
    output: output('rows', 'outputs'),
  },
  /** rotates each head by the token's position, with the frequencies of `ropes[rope]` */
  rope: {
    input: input('T', 'heads*headDim'),
    heads: integer(1, MAX_WIDTH),
    headDim: integer(1, MAX_WIDTH),
    rope: rope('headDim'),
    output: output('T', 'heads*headDim'),
  },
  /** appends key and value to the cache, then attends through the block table; with `rope`, first rotates query and key */
  attention: {
    query: input('T', 'heads*headDim', { memory: 'updated' }),
    key: input('T', 'kvHeads*headDim', { memory: 'updated' }),
    value: input('T', 'kvHeads*headDim'),
    attention: record({
      /** index of the KV group, and of this layer inside it */
      group: integer(0, MAX_LAYERS),
      layerInGroup: integer(0, MAX_LAYERS),
      /** query heads; `heads / kvHeads` of them share a KV head */
      heads: integer(1, MAX_HEADS),
      kvHeads: integer(1, MAX_HEADS),
      headDim: integer(1, MAX_HEAD_DIM),
      /** multiplies the scores */
      scale: float(),
      /** number of tokens that a token attends to, including itself; undefined: all before it */
      window: optional(integer(1, 2 ** 31 - 1)),
    }),
    rope: optional(rope('headDim')),
    output: output('T', 'heads*headDim'),
  },
  add: {
    left: input('rows', 'width'),
    right: input('rows', 'width'),
    output: output('rows', 'width'),
  },
  mul: {
    left: input('rows', 'width'),
    right: input('rows', 'width'),
    output: output('rows', 'width'),
  },
  activation: { name: activation, input: input('rows', 'width'), output: output('rows', 'width') },
  /** activation(gate), rounded, times up */
  gated: {
    name: activation,
    gate: input('rows', 'width'),
    up: input('rows', 'width'),
    output: output('rows', 'width', EITHER),
  },
  /** selects the rows in `logitsRows` of the plan: T rows become R */
  gatherRows: { input: input('T', 'width'), output: output('R', 'width') },
  /** selects a token for each row of logits according to `selection` of the plan */
  select: { input: input('R', 'vocabSize') },
} as const satisfies Readonly<Record<string, Fields>>;

export type OperationKind = keyof typeof OPERATIONS;

/** An operation of one kind, or of one of several. */
export type OperationOf<Kind extends OperationKind> = {
  readonly [One in Kind]: { readonly kind: One } & ValuesOf<(typeof OPERATIONS)[One]>;
}[Kind];

export type Operation = OperationOf<OperationKind>;

export type Attention = OperationOf<'attention'>['attention'];

/** In the order of their numbers in a tape. */
export const OPERATION_KINDS = Object.keys(OPERATIONS) as readonly OperationKind[];
