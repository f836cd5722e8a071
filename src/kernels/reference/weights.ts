// Reads weights for the reference backend: decodes rows of tensors, which means converting them to doubles. Decoding is exact
// for every dtype (for example, a Q8_0 value is an f16 number times a signed byte, 19 bits), so weights are neither rounded
// nor stored as doubles.

import type { DtypeName } from '../../base/model/dtypes.ts';
import { bf16Table, f16Table } from '../../base/model/half.ts';
import type { Weight } from '../../program/program.ts';
import type { LoadedWeights } from '../backend.ts';
import { blockRowDecoder } from './block-decoders.ts';

/** The bytes of the tensors by name. They are in shared memory if another thread reads them, so that they are not copied. */
export type StoredTensors = ReadonlyMap<string, ArrayBufferLike>;

export class ReferenceWeights implements LoadedWeights {
  readonly backend = 'reference';
  readonly tensors: StoredTensors;
  readonly bytes: number;

  constructor(tensors: StoredTensors, bytes: number) {
    this.tensors = tensors;
    this.bytes = bytes;
  }

  /** Throws a TypeError if another backend has loaded the weights. */
  static of(weights: LoadedWeights): ReferenceWeights {
    if (weights instanceof ReferenceWeights) return weights;
    throw new TypeError('the weights were loaded by another backend');
  }

  dispose(): void {} // garbage collection frees the memory
}

export interface MatrixRows {
  readonly rows: number;
  readonly columns: number;
  /** Decodes row `row` ([columns]) to `target`, from index `to` on. */
  decodeRow(row: number, target: Float64Array, to: number): void;
}

export function matrixRows(weight: Weight, tensors: StoredTensors): MatrixRows {
  const { rows, columns, rowOffset, dtype } = weight;
  const decode = DECODERS[dtype](tensors.get(weight.tensor)!, columns);
  return { rows, columns, decodeRow: (row, target, to) => decode(row + rowOffset, target, to) };
}

/** Returns the elements of a vector (the weight of a norm, or a bias). [rows] */
export function vectorOf(weight: Weight, tensors: StoredTensors): Float64Array {
  const length = weight.rowOffset + weight.rows;
  const elements = new Float64Array(length);
  DECODERS[weight.dtype](tensors.get(weight.tensor)!, length)(0, elements, 0);
  return elements.subarray(weight.rowOffset);
}

type RowDecoder = (row: number, target: Float64Array, to: number) => void;

const DECODERS: Record<DtypeName, (bytes: ArrayBufferLike, columns: number) => RowDecoder> = {
  F32: (bytes, columns) => {
    const data = new Float32Array(bytes);
    return (row, target, to) => {
      for (let i = 0, from = row * columns; i < columns; i++) target[to + i] = data[from + i]!;
    };
  },
  F16: (bytes, columns) => halfDecoder(bytes, columns, f16Table()),
  BF16: (bytes, columns) => halfDecoder(bytes, columns, bf16Table()),
  Q8_0: (bytes, columns) => blockRowDecoder('Q8_0', bytes, columns),
  Q4_0: (bytes, columns) => blockRowDecoder('Q4_0', bytes, columns),
  Q4_1: (bytes, columns) => blockRowDecoder('Q4_1', bytes, columns),
  Q5_0: (bytes, columns) => blockRowDecoder('Q5_0', bytes, columns),
  Q5_1: (bytes, columns) => blockRowDecoder('Q5_1', bytes, columns),
  Q4_K: (bytes, columns) => blockRowDecoder('Q4_K', bytes, columns),
  Q5_K: (bytes, columns) => blockRowDecoder('Q5_K', bytes, columns),
  Q6_K: (bytes, columns) => blockRowDecoder('Q6_K', bytes, columns),
};

function halfDecoder(bytes: ArrayBufferLike, columns: number, table: Float32Array): RowDecoder {
  const data = new Uint16Array(bytes);
  return (row, target, to) => {
    for (let i = 0, from = row * columns; i < columns; i++) target[to + i] = table[data[from + i]!]!;
  };
}
