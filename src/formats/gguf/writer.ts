// Encodes the header of a GGUF version 3, after which the caller writes the bytes of the tensors. For tests, encodes
// complete small files in memory.

import { byteLength, DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { ByteWriter } from '../byte-writer.ts';
import { DEFAULT_ALIGNMENT, GGUF_MAGIC, TENSOR_TYPE, VALUE_TYPE, type ValueType } from './types.ts';

export type NumberType = Exclude<ValueType, 'string' | 'bool' | 'array'>;

/** A metadata value with its type in the file. */
export type TypedValue =
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly of: NumberType; readonly value: ArrayLike<number> }
  | { readonly type: 'array'; readonly of: 'bool'; readonly value: readonly boolean[] }
  | { readonly type: 'array'; readonly of: 'string'; readonly value: readonly string[] };

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: DtypeName;
  /** row-major */
  readonly shape: readonly number[];
}

export interface GgufLayout {
  /** all bytes before those of the tensors, including padding */
  readonly header: Uint8Array;
  /** offset of each tensor in the file. [tensors] */
  readonly offsets: readonly number[];
  /** bytes of the file */
  readonly size: number;
}

/** Returns the header, and the aligned offsets of tensors that are written in this order. */
export function createGgufLayout(
  metadata: Readonly<Record<string, TypedValue>>,
  tensors: readonly TensorToWrite[],
): GgufLayout {
  const writer = new ByteWriter();
  writer.bytes(encoder.encode(GGUF_MAGIC));
  writer.uint32(3);
  writer.uint64(tensors.length);
  writer.uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) writeEntry(writer, key, value);
  const alignment = alignmentOf(metadata);
  const offsets: number[] = [];
  let nextOffset = 0;
  for (const tensor of tensors) {
    writeTensor(writer, tensor, nextOffset);
    offsets.push(nextOffset);
    nextOffset = alignUp(nextOffset + tensorBytes(tensor), alignment);
  }
  writer.align(alignment);
  const start = writer.length;
  return {
    header: writer.finish(),
    offsets: offsets.map((offset) => start + offset),
    size: start + nextOffset,
  };
}

/** Returns a complete file. @param tensors with their bytes as `data` */
export function encodeGguf(
  metadata: Readonly<Record<string, TypedValue>>,
  tensors: readonly (TensorToWrite & { readonly data: Uint8Array })[],
): Uint8Array<ArrayBuffer> {
  const { header, offsets, size } = createGgufLayout(metadata, tensors);
  const file = new Uint8Array(size);
  file.set(header);
  tensors.forEach(({ data }, index) => {
    file.set(data, offsets[index]);
  });
  return file;
}

const encoder = new TextEncoder();

const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

function alignmentOf(metadata: Readonly<Record<string, TypedValue>>): number {
  const value = metadata['general.alignment']?.value;
  return typeof value === 'number' ? value : DEFAULT_ALIGNMENT;
}

/** Returns the size of a tensor in bytes. */
export function tensorBytes({ dtype, shape }: TensorToWrite): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  return byteLength(DTYPES[dtype], elements);
}

function writeTensor(writer: ByteWriter, { name, dtype, shape }: TensorToWrite, offset: number): void {
  writeText(writer, name);
  writer.uint32(shape.length);
  // The file lists the fastest-varying dimension first.
  for (const size of shape.toReversed()) writer.uint64(size);
  writer.uint32(TENSOR_TYPE[dtype]);
  writer.uint64(offset);
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encoder.encode(text);
  writer.uint64(bytes.length);
  writer.bytes(bytes);
}

function writeEntry(writer: ByteWriter, key: string, entry: TypedValue): void {
  writeText(writer, key);
  writer.uint32(VALUE_TYPE[entry.type]);
  if (entry.type !== 'array') return writeValue(writer, entry.type, entry.value);
  writer.uint32(VALUE_TYPE[entry.of]);
  writer.uint64(entry.value.length);
  for (const value of Array.from<number | boolean | string>(entry.value)) writeValue(writer, entry.of, value);
}

type Scalar = number | boolean | string;

function writeValue(writer: ByteWriter, type: Exclude<ValueType, 'array'>, value: Scalar): void {
  if (type === 'string') writeText(writer, String(value));
  else if (type === 'bool') writer.uint8(value ? 1 : 0);
  else writer[type](Number(value));
}
