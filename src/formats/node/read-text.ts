// Reads the text files of a checkpoint's folder, which may contain anything. Pipes and devices are rejected before they are
// opened (a pipe waits for its writer, a device may never end), and files that are too large before they are read.

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
    if (source.size > MAX_BYTES) throw tooLarge(path, source.size);
    const bytes = new Uint8Array(source.size);
    await source.readInto(0, bytes);
    return decode(path, bytes);
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

// A byte order mark is not removed: the reader of the text rejects it.
function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const what = `${path} is not UTF-8`;
    throw new QuireError('bad_model_folder', what, 'save it as UTF-8, or download it again', { cause });
  }
}

function tooLarge(path: string, size: number): QuireError {
  const what = `${path} has ${size} bytes, more than the limit of ${MAX_BYTES}`;
  return new QuireError('bad_model_folder', what, 'use the folder of a checkpoint');
}
