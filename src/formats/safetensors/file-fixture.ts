// Encodes small safetensors files for tests.

import { ByteWriter } from '../byte-writer.ts';

export interface TensorBytes {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Returns a valid file with the tensors in the given order. */
export function encodeSafetensors(tensors: Readonly<Record<string, TensorBytes>>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + data.length] };
    end += data.length;
  }
  const data = Object.values(tensors).map((tensor) => tensor.data);
  return fileWithHeader(JSON.stringify(header), data);
}

/** Returns a file with any header, valid or not. */
export function fileWithHeader(header: string, data: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  const bytes = new TextEncoder().encode(header);
  writer.uint64(bytes.length);
  writer.bytes(bytes);
  for (const part of data) writer.bytes(part);
  return writer.finish();
}

/** Returns the bytes of little-endian f32 values. */
export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
