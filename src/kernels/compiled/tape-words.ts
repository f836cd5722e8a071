// Encodes a tape, the compiled list of operations, for compiled kernels as 32-bit words; floats are encoded by their bits.
// native/src/tape.cpp decodes the tape and checks every word.
//
//   "QRE2", maximum number of tokens and of rows of logits, arena bytes (low word, high word)
//   number of values, then for each: rows (0 tokens, 1 rows of logits), width, quantized, offset (low word, high word)
//   number of weights, then for each: 0 matrix or 1 vector, index of the loaded weight
//   number of rope tables, then for each: layout (0 half, 1 interleaved), dim, magnitude, frequencies [dim / 2]
//   number of layer groups, then for each: layers, KV heads, head size
//   number of operations, then for each: kind, and a word for each field in the order of program/operations.ts

import type { LoraMatrices } from '../../program/lora.ts';
import { fieldOf, type Operand, operandsOf } from '../../program/operands.ts';
import { OPERATION_KINDS, type Operation } from '../../program/operations.ts';
import type { Weight } from '../../program/program.ts';
import type { Tape } from '../../program/tape.ts';

/** Identifies a weight in compiled kernels. */
export interface WeightHandle {
  readonly kind: 'matrix' | 'vector';
  readonly index: number;
}

const MAGIC = 0x51524532;
const ABSENT = -1;

/**
 * Returns the encoded tape.
 * @param handles handles by weight id
 */
export function tapeWords(tape: Tape, handles: readonly WeightHandle[]): Int32Array {
  const words: number[] = [MAGIC, tape.capacity.tokens, tape.capacity.rows, ...lowAndHigh(tape.arenaBytes)];
  words.push(tape.buffers.length);
  for (const { rows, width, dtype, offset } of tape.buffers)
    words.push(rows === 'T' ? 0 : 1, width, dtype === 'q8' ? 1 : 0, ...lowAndHigh(offset));
  words.push(handles.length);
  for (const { kind, index } of handles) words.push(kind === 'matrix' ? 0 : 1, index);
  words.push(tape.ropes.length);
  for (const { layout, dim, magnitude, frequencies } of tape.ropes)
    words.push(layout === 'half' ? 0 : 1, dim, floatBits(magnitude), ...frequencies.map(floatBits));
  words.push(tape.kvGroups.length);
  for (const { layers, kvHeads, headDim } of tape.kvGroups) words.push(layers.length, kvHeads, headDim);
  words.push(tape.operations.length);
  for (const operation of tape.operations) {
    words.push(OPERATION_KINDS.indexOf(operation.kind));
    for (const operand of operandsOf(operation.kind)) words.push(wordOf(operation, operand));
  }
  return Int32Array.from(words);
}

/** Returns the words of `Executable::setAdapter` in native/src/executable.h. */
export function adapterWords(
  matrices: readonly LoraMatrices[],
  handlesFor: (weights: readonly Weight[]) => readonly WeightHandle[],
): Int32Array {
  const words = matrices.flatMap(({ target, a, b, scale }) => [
    target,
    ...handlesFor([a, b]).map(({ index }) => index),
    floatBits(scale),
  ]);
  return Int32Array.from(words);
}

function wordOf(operation: Operation, operand: Operand): number {
  const { field } = operand;
  const value = fieldOf(operation, operand);
  if (value === undefined) return ABSENT;
  if (typeof value === 'number') return field.type === 'float' ? floatBits(value) : value;
  return field.type === 'choice' ? field.names.indexOf(value) : ABSENT;
}

const bits = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

const lowAndHigh = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];
