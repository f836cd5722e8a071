// A program is what a model family compiles to: operations on named values whose row count is symbolic,
// T (tokens of the step) or R (rows whose next token is chosen). It is plain data; passes are functions
// from program to program. Every value that the program names is rounded to f32.

import type { DtypeName } from '../base/dtypes.ts';
import type { KvGroup } from '../base/kv-layout.ts';
import type { ActivationName, RopeConfig } from '../base/model-file.ts';

/** Index into `Program.values`. */
export type ValueId = number;
/** Index into `Program.weights`. */
export type WeightId = number;

export interface Value {
  readonly name: string;
  readonly rows: 'T' | 'R';
  /** elements of a row */
  readonly width: number;
  /** `q8`: signed bytes, and one f32 scale for each 32 of them */
  readonly dtype: 'f32' | 'q8';
}

/** Rows of a checkpoint tensor; merged tensors (GPT-2's Q, K and V) are read as several slices. */
export interface Weight {
  /** checkpoint name of the tensor */
  readonly tensor: string;
  readonly dtype: DtypeName;
  readonly rowOffset: number;
  readonly rows: number;
  readonly columns: number;
}

export type Operation =
  /** output[t] = table[id of t], the id being the token or its position */
  | { kind: 'embed'; table: WeightId; by: 'token' | 'position'; output: ValueId }
  /** x / sqrt(mean(x^2) + epsilon) * weight, over each run of `size` elements: a row, or each head of it */
  | { kind: 'rmsNorm'; input: ValueId; weight: WeightId; size: number; epsilon: number; output: ValueId }
  /** (x - mean) / sqrt(variance + epsilon) * weight + bias */
  | { kind: 'layerNorm'; input: ValueId; weight: WeightId; bias: WeightId; epsilon: number; output: ValueId }
  /** int8 per token and group of 32 */
  | { kind: 'quantize'; input: ValueId; output: ValueId }
  /** output[t][o] = sum over i of input[t][i] * weight[o][i], plus bias[o]; rounded, then plus residual[t][o] */
  | {
      kind: 'linear';
      input: ValueId;
      weight: WeightId;
      bias: WeightId | undefined;
      residual?: ValueId;
      output: ValueId;
    }
  /** turns each head by the token's position, by the angles of `ropes[rope]` */
  | { kind: 'rope'; input: ValueId; heads: number; headDim: number; rope: number; output: ValueId }
  /** appends key and value to the cache, then attends through the block table; with `rope`, query and key turn before */
  | {
      kind: 'attention';
      query: ValueId;
      key: ValueId;
      value: ValueId;
      attention: Attention;
      rope?: number;
      output: ValueId;
    }
  | { kind: 'add' | 'mul'; left: ValueId; right: ValueId; output: ValueId }
  | { kind: 'activation'; name: ActivationName; input: ValueId; output: ValueId }
  /** activation(gate), rounded, times up */
  | { kind: 'gated'; name: ActivationName; gate: ValueId; up: ValueId; output: ValueId }
  /** keeps the rows of the plan's `logitsRows`: T rows become R */
  | { kind: 'gatherRows'; input: ValueId; output: ValueId }
  /** chooses a token for each row of logits by the plan's `selection` */
  | { kind: 'select'; input: ValueId };

export type OperationKind = Operation['kind'];

export interface Attention {
  /** index of the KV group, and of this layer inside it */
  readonly group: number;
  readonly layerInGroup: number;
  /** query heads; `heads / kvHeads` of them share a key head */
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** multiplies the scores */
  readonly scale: number;
  /** a token sees this many tokens, itself included; undefined: all before it */
  readonly window: number | undefined;
}

export interface Program {
  readonly values: readonly Value[];
  readonly weights: readonly Weight[];
  readonly operations: readonly Operation[];
  /** the kinds of rotary embedding that its operations name by index; most models have one */
  readonly ropes: readonly RopeConfig[];
  readonly kvGroups: readonly KvGroup[];
}

/** Values that an operation reads. */
export function inputsOf(operation: Operation): ValueId[] {
  switch (operation.kind) {
    case 'embed':
      return [];
    case 'attention':
      return [operation.query, operation.key, operation.value];
    case 'add':
    case 'mul':
      return [operation.left, operation.right];
    case 'gated':
      return [operation.gate, operation.up];
    case 'linear':
      return operation.residual === undefined ? [operation.input] : [operation.input, operation.residual];
    default:
      return [operation.input];
  }
}

/** The value that an operation writes; `select` writes none. */
export function outputOf(operation: Operation): ValueId | undefined {
  return operation.kind === 'select' ? undefined : operation.output;
}
