// Weights as the reference reads them: the stored bytes, and for each dtype a function that decodes a row to doubles.
// Decoding is exact for every dtype (a Q8_0 value is an f16 times a signed byte, 19 bits), so dequantized weights
// need neither memory nor rounding.

import type { DtypeName } from '../../base/model/dtypes.ts';
import { bf16Table, f16Table } from '../../base/model/half.ts';
import type { Weight } from '../../program/program.ts';
import { blockRowDecoder } from './block-decoders.ts';

/** Stored bytes by tensor name; in shared memory if another thread reads them, to avoid a copy. */
export type StoredTensors = ReadonlyMap<string, ArrayBufferLike>;

export interface MatrixRows {
  readonly rows: number;
  readonly columns: number;
  /** Writes row `row` to `target` ([columns]), starting at `at`. */
  decodeRow(row: number, target: Float64Array, at: number): void;
}

export function matrixRows(weight: Weight, tensors: StoredTensors): MatrixRows {
  const { rows, columns, rowOffset, dtype } = weight;
  const decode = DECODERS[dtype](tensors.get(weight.tensor)!, columns);
  return { rows, columns, decodeRow: (row, target, at) => decode(row + rowOffset, target, at) };
}

/** Decodes a vector weight (norm, bias). [rows] */
export function vectorOf(weight: Weight, tensors: StoredTensors): Float64Array {
  const length = weight.rowOffset + weight.rows;
  const whole = new Float64Array(length);
  DECODERS[weight.dtype](tensors.get(weight.tensor)!, length)(0, whole, 0);
  return whole.subarray(weight.rowOffset);
}

type RowDecoder = (row: number, target: Float64Array, at: number) => void;

const DECODERS: Record<DtypeName, (bytes: ArrayBufferLike, columns: number) => RowDecoder> = {
  F32: (bytes, columns) => {
    const data = new Float32Array(bytes);
    return (row, target, at) => {
      for (let i = 0, from = row * columns; i < columns; i++) target[at + i] = data[from + i]!;
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
  return (row, target, at) => {
    for (let i = 0, from = row * columns; i < columns; i++) target[at + i] = table[data[from + i]!]!;
  };
}
