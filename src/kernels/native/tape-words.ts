// A tape as the native backend reads it: 32-bit words, floats by their bits. native/src/tape.h has the other end, which
// checks every word.
//
//   "QRE1", capacity (tokens, rows), arena bytes (low, high)
//   n, then of each value: rows (0 tokens, 1 rows of logits), width, quantized, offset (low, high)
//   n, then of each weight: 0 matrix or 1 vector, its index among those loaded
//   n, then of each rope: layout (0 halves, 1 neighbours), dim, magnitude, frequencies [dim / 2]
//   n, then of each KV group: layers, heads, elements of a head
//   n, then of each operation: kind, three inputs, output, weight, bias, six numbers by kind, one float

import type { DtypeName } from '../../base/dtypes.ts';
import type { KvDtype } from '../../base/kv-layout.ts';
import type { ActivationName } from '../../base/model-file.ts';
import type { Operation, OperationKind } from '../../program/program.ts';
import type { Tape } from '../../program/tape.ts';

/** Where the native backend keeps a weight. */
export interface WeightPlace {
  readonly kind: 'matrix' | 'vector';
  readonly index: number;
}

const MAGIC = 0x51524531;

/** By their numbers in native/src/types.h. */
export const WEIGHT_TYPES: readonly DtypeName[] = [
  ...(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q4_K', 'Q5_K', 'Q6_K'] as const),
];
export const KV_TYPES: readonly KvDtype[] = ['f32', 'f16', 'bf16', 'int8'];
const ACTIVATIONS: readonly ActivationName[] = ['silu', 'relu', 'gelu_tanh', 'gelu'];
const KINDS: readonly OperationKind[] = [
  ...(['embed', 'rmsNorm', 'layerNorm', 'quantize', 'linear', 'rope', 'attention', 'add', 'mul'] as const),
  ...(['activation', 'gatherRows', 'select', 'gated'] as const),
];

/** @param places by weight id */
export function tapeWords(tape: Tape, places: readonly WeightPlace[]): Int32Array {
  const words: number[] = [MAGIC, tape.capacity.tokens, tape.capacity.rows, ...wide(tape.arenaBytes)];
  words.push(tape.buffers.length);
  for (const { rows, width, dtype, offset } of tape.buffers)
    words.push(rows === 'T' ? 0 : 1, width, dtype === 'q8' ? 1 : 0, ...wide(offset));
  words.push(places.length);
  for (const { kind, index } of places) words.push(kind === 'matrix' ? 0 : 1, index);
  words.push(tape.ropes.length);
  for (const { layout, dim, magnitude, frequencies } of tape.ropes)
    words.push(layout === 'half' ? 0 : 1, dim, floatBits(magnitude), ...frequencies.map(floatBits));
  words.push(tape.kvGroups.length);
  for (const { layers, kvHeads, headDim } of tape.kvGroups) words.push(layers.length, kvHeads, headDim);
  words.push(tape.operations.length);
  for (const operation of tape.operations) words.push(...operationWords(operation));
  return Int32Array.from(words);
}

interface Fields {
  readonly inputs?: readonly (number | undefined)[];
  readonly output?: number;
  readonly weight?: number;
  readonly bias?: number | undefined;
  readonly numbers?: readonly number[];
  readonly float?: number;
}

function operationWords(operation: Operation): number[] {
  const { inputs = [], output = -1, weight = -1, bias = -1, numbers = [], float = 0 } = fieldsOf(operation);
  return [
    KINDS.indexOf(operation.kind),
    ...[0, 1, 2].map((i) => inputs[i] ?? -1),
    ...[output, weight, bias],
    ...[0, 1, 2, 3, 4, 5].map((i) => numbers[i] ?? 0),
    floatBits(float),
  ];
}

function fieldsOf(o: Operation): Fields {
  switch (o.kind) {
    case 'embed':
      return { output: o.output, weight: o.table, numbers: [o.by === 'token' ? 0 : 1] };
    case 'rmsNorm':
      return { inputs: [o.input], output: o.output, weight: o.weight, numbers: [o.size], float: o.epsilon };
    case 'layerNorm':
      return { inputs: [o.input], output: o.output, weight: o.weight, bias: o.bias, float: o.epsilon };
    case 'quantize':
    case 'gatherRows':
      return { inputs: [o.input], output: o.output };
    case 'linear':
      return { inputs: [o.input, o.residual], output: o.output, weight: o.weight, bias: o.bias };
    case 'rope':
      return { inputs: [o.input], output: o.output, numbers: [o.heads, o.headDim, o.rope] };
    case 'attention': {
      const { group, layerInGroup, heads, window, scale } = o.attention;
      const numbers = [group, layerInGroup, heads, window ?? 0, o.rope ?? -1];
      return { inputs: [o.query, o.key, o.value], output: o.output, numbers, float: scale };
    }
    case 'add':
    case 'mul':
      return { inputs: [o.left, o.right], output: o.output };
    case 'gated':
      return { inputs: [o.gate, o.up], output: o.output, numbers: [ACTIVATIONS.indexOf(o.name)] };
    case 'activation':
      return { inputs: [o.input], output: o.output, numbers: [ACTIVATIONS.indexOf(o.name)] };
    case 'select':
      return { inputs: [o.input] };
  }
}

const bits = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

const wide = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];
