// The text files of a checkpoint's folder. Whoever made the folder may have put anything there: what is no file is
// refused before it is opened (a pipe waits for its writer, a device never ends), and what is larger than any such file
// before it is read.

import { QuireError } from '../../base/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { fileError, openFileSource } from './file-source.ts';

// Far above the largest tokenizer.json, far below the longest string.
const MAX_BYTES = 2 ** 28;

/** The text at `path`; undefined where there is none. Rejects with `file_unreadable` or `bad_model_folder`. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  const source = await openIfThere(path);
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

async function openIfThere(path: string): Promise<ByteSource | undefined> {
  try {
    return await openFileSource(path);
  } catch (error) {
    const failure = fileError(path, error);
    if (failure.code === 'file_not_found') return undefined;
    throw failure;
  }
}

// A byte order mark is left to the reader of the text.
function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const what = `${path} is not UTF-8`;
    throw new QuireError('bad_model_folder', what, 'save it as UTF-8, or download it again', { cause });
  }
}

function tooLarge(path: string, size: number): QuireError {
  const what = `${path} has ${size} bytes, more than the ${MAX_BYTES} that are read`;
  return new QuireError('bad_model_folder', what, 'give the folder of a checkpoint');
}
