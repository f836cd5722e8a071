// The operations of a network. The table declares each operation once: what it computes, and its fields in the order in
// which they are encoded. Derived from the table are: the types below, the functions that return the inputs and outputs of an
// operation (operands.ts), the 32-bit words that encode the compiled operation list (kernels/compiled/tape-words.ts), and the
// header of the native backend (tools/native/operations-header.ts). docs/operations.md describes how to add an operation.

import { ACTIVATION_NAMES } from '../base/model/model-file.ts';
import {
  choice,
  type Fields,
  FLOATS_OR_QUANTIZED,
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
const MAX_TARGETS = 1 << 20;

const activation = choice('Activation', ACTIVATION_NAMES);

export const OPERATIONS = {
  /** output[t] = table[index], where index is the id or the position of token t */
  embed: {
    table: matrix('entries', 'width'),
    ids: choice('EmbedIds', ['token', 'position']),
    output: output('T', 'width'),
  },
  /** x / sqrt(mean(x^2) + epsilon) * weight, for each segment of `size` elements: a row or a head */
  rmsNorm: {
    input: input('rows', 'width'),
    weight: vector('size'),
    size: integer(1, MAX_WIDTH),
    epsilon: float(),
    output: output('rows', 'width', FLOATS_OR_QUANTIZED),
  },
  /** (x - mean) / sqrt(variance + epsilon) * weight + bias */
  layerNorm: {
    input: input('rows', 'width'),
    weight: vector('width'),
    bias: vector('width'),
    epsilon: float(),
    output: output('rows', 'width', FLOATS_OR_QUANTIZED),
  },
  /** quantizes to int8, with a scale for each group of 32 elements of a row */
  quantize: { input: input('rows', 'width'), output: output('rows', 'width', QUANTIZED) },
  /**
   * output[t][o] = (sum over i of input[t][i] * weight[o][i]) + bias[o], rounded to f32, then + the product of `b` of the
   * adapter of t and `lora`, then + residual[t][o]
   */
  linear: {
    input: input('rows', 'columns', { dtypes: FLOATS_OR_QUANTIZED }),
    weight: matrix('outputs', 'columns'),
    bias: optional(vector('outputs')),
    residual: optional(input('rows', 'outputs', { memory: 'in place' })),
    /** the output of `loraDown` for the same target */
    lora: optional(input('rows', 'rank')),
    /** number of the target in adapters (lora.ts) */
    target: optional(integer(0, MAX_TARGETS)),
    output: output('rows', 'outputs'),
  },
  /** applies rotary embedding to each head, with the frequencies of `ropes[rope]` */
  rope: {
    input: input('T', 'heads*headDim'),
    heads: integer(1, MAX_WIDTH),
    headDim: integer(1, MAX_WIDTH),
    rope: rope('headDim'),
    output: output('T', 'heads*headDim'),
  },
  /** stores key and value in the KV blocks, then computes attention; with `rope`, first applies rotary embedding to query and key */
  attention: {
    query: input('T', 'heads*headDim', { memory: 'updated' }),
    key: input('T', 'kvHeads*headDim', { memory: 'updated' }),
    value: input('T', 'kvHeads*headDim'),
    attention: record({
      /** index of the layer group, and index of this layer in the group */
      group: integer(0, MAX_LAYERS),
      layerInGroup: integer(0, MAX_LAYERS),
      /** number of query heads; `heads / kvHeads` query heads share a KV head */
      heads: integer(1, MAX_HEADS),
      kvHeads: integer(1, MAX_HEADS),
      headDim: integer(1, MAX_HEAD_DIM),
      /** factor of the scores */
      scale: float(),
      /** number of tokens to which a token attends, including itself; undefined: all previous tokens */
      window: optional(integer(1, 2 ** 31 - 1)),
      /** limit c of the scaled scores s, which become c tanh(s / c); undefined: no limit */
      softCap: optional(float()),
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
  activation: {
    name: activation,
    input: input('rows', 'width', { memory: 'in place' }),
    output: output('rows', 'width'),
  },
  /** activation(gate) * up; the activation is rounded to f32 */
  gated: {
    name: activation,
    gate: input('rows', 'width'),
    up: input('rows', 'width'),
    output: output('rows', 'width', FLOATS_OR_QUANTIZED),
  },
  /** copies the rows whose indexes are in `logitsRows` of the plan */
  gatherRows: { input: input('T', 'width'), output: output('R', 'width') },
  /** chooses a token for each row of logits, according to `selection` of the plan */
  select: { input: input('R', 'vocabSize') },
  /** input * factor */
  scale: {
    input: input('rows', 'width', { memory: 'in place' }),
    factor: float(),
    output: output('rows', 'width'),
  },
  /**
   * output[t] = scale * (a x input[t]), with `scale` and `a` of the adapter of t for a target, as many elements as the adapter's
   * rank. Rows without adapter, or with one that does not change the target, are undefined.
   */
  loraDown: {
    input: input('rows', 'columns', { dtypes: FLOATS_OR_QUANTIZED }),
    target: integer(0, MAX_TARGETS),
    output: output('rows', 'rank'),
  },
  /** copies the rows whose indexes are in `vectorRows` of the plan to the result of the step */
  readRows: { input: input('T', 'width') },
} as const satisfies Readonly<Record<string, Fields>>;

export type OperationKind = keyof typeof OPERATIONS;

/** An operation of one of the kinds `Kind`. */
export type OperationOf<Kind extends OperationKind> = {
  readonly [K in Kind]: { readonly kind: K } & ValuesOf<(typeof OPERATIONS)[K]>;
}[Kind];

export type Operation = OperationOf<OperationKind>;

export type Attention = OperationOf<'attention'>['attention'];

/** The kinds, in the order of the numbers that encode them. */
export const OPERATION_KINDS = Object.keys(OPERATIONS) as readonly OperationKind[];
