// A byte source over bytes that are in memory already: tests, and files that a browser was handed.

import { QuireError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Reads from `bytes`, which is not copied. `name` stands in messages. */
export function createBufferSource(bytes: Uint8Array, name = 'buffer'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async readInto(offset, target) {
      if (offset < 0 || offset + target.byteLength > bytes.byteLength) throw outside(name, offset, target);
      target.set(bytes.subarray(offset, offset + target.byteLength));
    },
    async close() {},
  };
}

function outside(name: string, offset: number, target: Uint8Array): QuireError {
  const what = `${name}: ${target.byteLength} bytes at ${offset} are not inside it`;
  return new QuireError('file_unreadable', what, 'check that the file is complete');
}
