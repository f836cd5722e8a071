// The numbers of value types and tensor types in GGUF, and the types of a parsed header.
// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import type { DtypeName } from '../../base/model/dtypes.ts';

export const GGUF_MAGIC = 'GGUF';
export const DEFAULT_ALIGNMENT = 32;

export const VALUE_TYPE = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export type ValueType = keyof typeof VALUE_TYPE;

export const valueTypeNames: ReadonlyMap<number, ValueType> = new Map(
  (Object.keys(VALUE_TYPE) as ValueType[]).map((name) => [VALUE_TYPE[name], name]),
);

/**
 * Size in bytes of a number or boolean; minimum size of a string (its length) and of an array (its type and length).
 */
export const VALUE_BYTES: Readonly<Record<ValueType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  string: 8,
  array: 12,
  uint64: 8,
  int64: 8,
  float64: 8,
};

export type GgufArray = readonly string[] | readonly boolean[] | Float64Array | Float32Array | Int32Array;
export type GgufValue = number | boolean | string | GgufArray;
/** Metadata by key. An array of strings is decoded when `get` first returns it. */
export type GgufMetadata = Pick<ReadonlyMap<string, GgufValue>, 'get' | 'keys'>;

export interface GgufTensor {
  readonly name: string;
  readonly dtype: DtypeName;
  /** row-major: the file's dimensions, reversed */
  readonly shape: readonly number[];
  /** from the start of the file */
  readonly offset: number;
  readonly byteLength: number;
}

// All types that ggml defines, for the names in error messages.
const TENSOR_TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  30: 'BF16',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
  41: 'Q1_0',
};

/** Returns ggml's name of a tensor type, or `number 99` if the type 99 is undefined. */
export const tensorTypeName = (type: number): string => TENSOR_TYPE_NAMES[type] ?? `number ${type}`;

/** ggml's numbers of the types that Quire reads and writes. */
export const TENSOR_TYPE: Readonly<Record<DtypeName, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
};
