// The operations that a network is made of, each declared once: what it computes, and its fields in the order that they have
// in a tape. The types below, inputs and outputs (operands.ts), the words of a tape (kernels/native/tape-words.ts) and the
// header of the native backend (tools/native/operations-header.ts) follow from this table. docs/operations.md says what else
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

const MOST_HEADS = 1 << 12;
const MOST_LAYERS = 1 << 16;
const LARGEST_HEAD = 512;
const WIDEST = 1 << 28;

const activation = choice('Activation', ACTIVATION_NAMES);

export const OPERATIONS = {
  /** output[t] = table[id of t], the id being the token or its position */
  embed: {
    table: matrix('entries', 'width'),
    by: choice('EmbedBy', ['token', 'position']),
    output: output('T', 'width'),
  },
  /** x / sqrt(mean(x^2) + epsilon) * weight, over each run of `size` elements: a row, or each head of it */
  rmsNorm: {
    input: input('rows', 'width'),
    weight: vector('size'),
    size: integer(1, WIDEST),
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
  /** int8 per token and group of 32 */
  quantize: { input: input('rows', 'width'), output: output('rows', 'width', QUANTIZED) },
  /** output[t][o] = sum over i of input[t][i] * weight[o][i], plus bias[o]; rounded, then plus residual[t][o] */
  linear: {
    input: input('rows', 'columns', { dtypes: EITHER }),
    weight: matrix('outputs', 'columns'),
    bias: optional(vector('outputs')),
    residual: optional(input('rows', 'outputs', { memory: 'in place' })),
    output: output('rows', 'outputs'),
  },
  /** turns each head by the token's position, by the angles of `ropes[rope]` */
  rope: {
    input: input('T', 'heads*headDim'),
    heads: integer(1, WIDEST),
    headDim: integer(1, WIDEST),
    rope: rope('headDim'),
    output: output('T', 'heads*headDim'),
  },
  /** appends key and value to the cache, then attends through the block table; with `rope`, query and key turn before */
  attention: {
    query: input('T', 'heads*headDim', { memory: 'updated' }),
    key: input('T', 'kvHeads*headDim', { memory: 'updated' }),
    value: input('T', 'kvHeads*headDim'),
    attention: record({
      /** index of the KV group, and of this layer inside it */
      group: integer(0, MOST_LAYERS),
      layerInGroup: integer(0, MOST_LAYERS),
      /** query heads; `heads / kvHeads` of them share a key head */
      heads: integer(1, MOST_HEADS),
      kvHeads: integer(1, MOST_HEADS),
      headDim: integer(1, LARGEST_HEAD),
      /** multiplies the scores */
      scale: float(),
      /** a token sees this many tokens, itself included; undefined: all before it */
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
  /** keeps the rows of the plan's `logitsRows`: T rows become R */
  gatherRows: { input: input('T', 'width'), output: output('R', 'width') },
  /** chooses a token for each row of logits by the plan's `selection` */
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
