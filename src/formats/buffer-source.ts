// A byte source over bytes in memory: for tests, and for files that a browser has loaded.

import { QuireError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Returns a source that reads from `bytes` without copying them. `name` is used in messages. */
export function createBufferSource(bytes: Uint8Array, name = 'buffer'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async readInto(offset, target) {
      if (offset < 0 || offset + target.byteLength > bytes.byteLength)
        throw outsideError(name, offset, target);
      target.set(bytes.subarray(offset, offset + target.byteLength));
    },
    async close() {},
  };
}

function outsideError(name: string, offset: number, target: Uint8Array): QuireError {
  const message = `${name} has fewer than ${target.byteLength} bytes at offset ${offset}`;
  return new QuireError('file_unreadable', message, 'check that the file is complete');
}
