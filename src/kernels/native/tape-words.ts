// Encodes a tape for the native backend: 32-bit words, floats by their bits. native/src/tape.cpp decodes it and
// checks every word.
//
//   "QRE2", capacity (tokens, rows), arena bytes (low, high)
//   n, then of each value: rows (0 tokens, 1 rows of logits), width, quantized, offset (low, high)
//   n, then of each weight: 0 matrix or 1 vector, its index among those loaded
//   n, then of each rope: layout (0 halves, 1 neighbours), dim, magnitude, frequencies [dim / 2]
//   n, then of each KV group: layers, heads, elements of a head
//   n, then of each operation: kind, and a word for each field in the order of its row in program/operations.ts

import { fieldOf, type Operand, operandsOf } from '../../program/operands.ts';
import { OPERATION_KINDS, type Operation } from '../../program/operations.ts';
import type { Tape } from '../../program/tape.ts';

/** Identifies a weight in the native backend. */
export interface WeightHandle {
  readonly kind: 'matrix' | 'vector';
  readonly index: number;
}

const MAGIC = 0x51524532;
const ABSENT = -1;

/** @param handles handles by weight id */
export function tapeWords(tape: Tape, handles: readonly WeightHandle[]): Int32Array {
  const words: number[] = [MAGIC, tape.capacity.tokens, tape.capacity.rows, ...wide(tape.arenaBytes)];
  words.push(tape.buffers.length);
  for (const { rows, width, dtype, offset } of tape.buffers)
    words.push(rows === 'T' ? 0 : 1, width, dtype === 'q8' ? 1 : 0, ...wide(offset));
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

const wide = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];
