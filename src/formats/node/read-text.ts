// Reads the text files of a checkpoint's folder, which is untrusted. Pipes and devices are rejected before they are
// opened, because opening a pipe waits for its writer and a device may never end. Files that are too large are rejected
// before they are read.

import { QuireError } from '../../base/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { fileError, openFileSource } from './file-source.ts';

// Far above the largest tokenizer.json, far below the maximum length of a string.
const MAX_BYTES = 2 ** 28;

/** Returns the text of a file; undefined if it is absent. Rejects with `file_unreadable` or `bad_model_folder`. */
export async function readOptionalText(path: string): Promise<string | undefined> {
  const source = await openOptional(path);
  if (source === undefined) return undefined;
  try {
    if (source.size > MAX_BYTES) throw tooLargeError(path, source.size);
    const bytes = new Uint8Array(source.size);
    await source.readInto(0, bytes);
    return decodeUtf8(path, bytes);
  } finally {
    await source.close();
  }
}

async function openOptional(path: string): Promise<ByteSource | undefined> {
  try {
    return await openFileSource(path);
  } catch (error) {
    const failure = fileError(path, error);
    if (failure.code === 'file_not_found') return undefined;
    throw failure;
  }
}

// A byte order mark is not removed, so that the parser of the text can reject it.
function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const message = `${path} is not UTF-8`;
    throw new QuireError('bad_model_folder', message, 'save it as UTF-8, or download it again', { cause });
  }
}

function tooLargeError(path: string, size: number): QuireError {
  const message = `${path} has ${size} bytes, more than the limit of ${MAX_BYTES}`;
  return new QuireError('bad_model_folder', message, 'use the folder of a checkpoint');
}
