// Encodes a contract case as a file for the runner in native/runner. The comment at the top of its main.cpp documents the
// format.

import { byteLength, DTYPE_NAMES, DTYPES } from '../../src/base/model/dtypes.ts';
import { KV_DTYPES } from '../../src/base/model/kv-layout.ts';
import { planWords } from '../../src/kernels/compiled/plan-words.ts';
import { adapterWords, tapeWords, type WeightHandle } from '../../src/kernels/compiled/tape-words.ts';
import type { Weight } from '../../src/program/program.ts';
import type { ContractCase } from '../../tests/contract/contract-case.ts';

/** Returns the contents of the file. */
export function encodeCase(testCase: ContractCase): Uint8Array {
  const words = new WordList();
  const matrices = testCase.tape.weights.filter(({ kind }) => kind === 'matrix');
  const vectors = testCase.tape.weights.filter(({ kind }) => kind === 'vector');
  const handles = testCase.tape.weights.map(
    (weight): WeightHandle =>
      weight.kind === 'matrix'
        ? { kind: 'matrix', index: matrices.indexOf(weight) }
        : { kind: 'vector', index: vectors.indexOf(weight) },
  );
  addMatrices(words, testCase, matrices);
  words.add(vectors.length);
  for (const weight of vectors) {
    words.add(DTYPE_NAMES.indexOf(weight.dtype), weight.rows);
    words.addPaddedBytes(bytesOf(testCase, weight));
  }
  words.addArray(tapeWords(testCase.tape, handles));
  const kvType = KV_DTYPES.indexOf(testCase.layout.dtype);
  words.addArray(
    Int32Array.of(testCase.layout.blockSize, testCase.contextLength, 1, kvType, ...testCase.blocks),
  );
  words.addRaw(Float32Array.of(testCase.tolerance, testCase.roundedTolerance));
  words.add(testCase.adapters.length);
  for (const adapter of testCase.adapters) {
    addMatrices(
      words,
      testCase,
      adapter.flatMap(({ a, b }) => [a, b]),
    );
    let index = 0;
    const handlesFor = (weights: readonly Weight[]): WeightHandle[] =>
      weights.map(() => ({ kind: 'matrix', index: index++ }));
    words.addArray(adapterWords(adapter, handlesFor));
  }
  words.add(testCase.plans.length);
  testCase.plans.forEach((plan, i) => {
    const { words: planInts, doubles } = planWords(plan);
    words.addArray(planInts);
    words.addArray(doubles);
    words.addArray(testCase.expected[i]!);
  });
  return words.toBytes();
}

function addMatrices(words: WordList, testCase: ContractCase, matrices: readonly Weight[]): void {
  words.add(matrices.length);
  for (const weight of matrices) {
    words.add(DTYPE_NAMES.indexOf(weight.dtype), weight.rows, weight.columns);
    words.addPaddedBytes(bytesOf(testCase, weight));
  }
}

function bytesOf({ tensors }: ContractCase, { tensor, dtype, rowOffset, rows, columns }: Weight): Uint8Array {
  const bytes = new Uint8Array(tensors.get(tensor)!);
  const rowBytes = byteLength(DTYPES[dtype], columns);
  return bytes.subarray(rowOffset * rowBytes, (rowOffset + rows) * rowBytes);
}

class WordList {
  readonly #parts: Uint8Array[] = [];

  add(...values: readonly number[]): void {
    this.addRaw(Int32Array.from(values));
  }

  addRaw({
    buffer,
    byteOffset,
    byteLength: length,
  }: Int32Array | Float32Array | Float64Array | Uint8Array): void {
    this.#parts.push(new Uint8Array(buffer, byteOffset, length).slice());
  }

  /** Adds the number of values, then the values. */
  addArray(values: Int32Array | Float32Array | Float64Array): void {
    this.add(values.length);
    this.addRaw(values);
  }

  /** Adds the number of bytes, then the bytes, padded to a multiple of four. */
  addPaddedBytes(values: Uint8Array): void {
    this.add(values.length);
    this.addRaw(values);
    this.addRaw(new Uint8Array((4 - (values.length % 4)) % 4));
  }

  toBytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
