// A byte source over a file. The handle stays open while the model loads, so that a file that is replaced on disk
// meanwhile is still read consistently.

import { access, type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { endsEarlyError, unreadableError } from '../../base/file-errors.ts';
import type { ByteSource } from '../byte-source.ts';

// A read call returns at most 2 GiB. Smaller reads also let other work use the thread pool in between.
const CHUNK_BYTES = 16 * 1024 * 1024;

/** Opens `path`. Rejects with `file_not_found` or `file_unreadable` (no permission, not a file). */
export async function openFileSource(path: string): Promise<ByteSource> {
  try {
    // Checked before opening, because opening a pipe waits for its writer.
    if (!(await stat(path)).isFile()) throw notAFileError(path);
    const handle = await open(path, 'r');
    return fileSource(path, handle, (await handle.stat()).size);
  } catch (error) {
    throw fileError(path, error);
  }
}

function fileSource(path: string, handle: FileHandle, size: number): ByteSource {
  return {
    name: path,
    size,
    descriptor: handle.fd,
    readInto: (offset, target) => readFully(path, handle, offset, target),
    close: () => handle.close(),
  };
}

async function readFully(
  path: string,
  handle: FileHandle,
  offset: number,
  target: Uint8Array,
): Promise<void> {
  let bytesDone = 0;
  while (bytesDone < target.byteLength) {
    const length = Math.min(CHUNK_BYTES, target.byteLength - bytesDone);
    const bytesRead = await readChunk(
      path,
      handle,
      target.subarray(bytesDone, bytesDone + length),
      offset + bytesDone,
    );
    if (bytesRead === 0) throw endsEarlyError(path, offset + target.byteLength);
    bytesDone += bytesRead;
  }
}

async function readChunk(
  path: string,
  handle: FileHandle,
  target: Uint8Array,
  offset: number,
): Promise<number> {
  try {
    return (await handle.read(target, 0, target.byteLength, offset)).bytesRead;
  } catch (error) {
    throw fileError(path, error);
  }
}

// ELOOP: a cycle of symbolic links.
const NO_TARGET_CODES = ['ENOENT', 'ELOOP'];

/**
 * Returns whether `path` is a link without its target, as in a Hugging Face snapshot that was copied without its blobs.
 */
export async function isBrokenLink(path: string): Promise<boolean> {
  const [link, target] = await Promise.allSettled([lstat(path), stat(path)]);
  return (
    link.status === 'fulfilled' &&
    target.status === 'rejected' &&
    NO_TARGET_CODES.includes(errorCode(target.reason))
  );
}

export function brokenLinkError(path: string): QuireError {
  const hint = 'download the model again, or copy it together with the targets of its links';
  return new QuireError('file_not_found', `${path} is a link to a file that does not exist`, hint);
}

/** Returns the operating system's code of an error, such as `ENOENT`. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

/** Converts an error of the file system to a QuireError with the path. */
export function fileError(path: string, error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new QuireError('file_not_found', `${path} does not exist`, notFoundHint(path), { cause: error });
  }
  if (code === 'EISDIR') return notAFileError(path);
  return unreadableError(path, code, error);
}

// The hub's own tools accept `owner/repo` without a prefix.
function notFoundHint(path: string): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(path) || path.startsWith('.')) return 'check the path';
  return `check the path, or write hf:${path} for a model on the hub`;
}

function notAFileError(path: string): QuireError {
  return new QuireError('file_unreadable', `${path} is not a file`, 'use the path of a file');
}

/** Returns whether `path` exists. */
export const pathExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
