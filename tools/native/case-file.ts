// Writes a contract case as a file for native/runner; the header of main.cpp there documents the format.

import { byteLength, DTYPE_NAMES, DTYPES } from '../../src/base/model/dtypes.ts';
import { KV_DTYPES } from '../../src/base/model/kv-layout.ts';
import { planWords } from '../../src/kernels/native/plan-words.ts';
import { tapeWords, type WeightHandle } from '../../src/kernels/native/tape-words.ts';
import type { Weight } from '../../src/program/program.ts';
import type { ContractCase } from '../../tests/contract/cases.ts';

export function caseFile(one: ContractCase): Uint8Array {
  const words = new WordList();
  const matrices = one.tape.weights.filter(({ columns }) => columns > 1);
  const vectors = one.tape.weights.filter(({ columns }) => columns === 1);
  const handles = one.tape.weights.map(
    (weight): WeightHandle =>
      weight.columns > 1
        ? { kind: 'matrix', index: matrices.indexOf(weight) }
        : { kind: 'vector', index: vectors.indexOf(weight) },
  );
  words.add(matrices.length);
  for (const weight of matrices) {
    words.add(DTYPE_NAMES.indexOf(weight.dtype), weight.rows, weight.columns);
    words.bytes(bytesOf(one, weight));
  }
  words.add(vectors.length);
  for (const weight of vectors) {
    words.add(DTYPE_NAMES.indexOf(weight.dtype), weight.rows);
    words.bytes(bytesOf(one, weight));
  }
  words.array(tapeWords(one.tape, handles));
  const kvType = KV_DTYPES.indexOf(one.layout.dtype);
  words.array(Int32Array.of(one.layout.blockSize, one.contextLength, 1, kvType, ...one.blocks));
  words.raw(Float32Array.of(one.tolerance, one.roundedTolerance));
  words.add(one.plans.length);
  one.plans.forEach((plan, i) => {
    const { words: ints, numbers } = planWords(plan);
    words.array(ints);
    words.array(numbers);
    words.array(one.expected[i]!);
  });
  return words.toBytes();
}

function bytesOf({ tensors }: ContractCase, { tensor, dtype, rowOffset, rows, columns }: Weight): Uint8Array {
  const bytes = new Uint8Array(tensors.get(tensor)!);
  const rowBytes = columns > 1 ? byteLength(DTYPES[dtype], columns) : byteLength(DTYPES[dtype], 1);
  return bytes.subarray(rowOffset * rowBytes, (rowOffset + rows) * rowBytes);
}

class WordList {
  readonly #parts: Uint8Array[] = [];

  add(...values: readonly number[]): void {
    this.raw(Int32Array.from(values));
  }

  raw({
    buffer,
    byteOffset,
    byteLength: length,
  }: Int32Array | Float32Array | Float64Array | Uint8Array): void {
    this.#parts.push(new Uint8Array(buffer, byteOffset, length).slice());
  }

  array(values: Int32Array | Float32Array | Float64Array): void {
    this.add(values.length);
    this.raw(values);
  }

  bytes(values: Uint8Array): void {
    this.add(values.length);
    this.raw(values);
    this.raw(new Uint8Array((4 - (values.length % 4)) % 4));
  }

  toBytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
