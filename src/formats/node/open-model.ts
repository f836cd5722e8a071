// Opens whatever a path names: a folder is a Hugging Face checkpoint, a file is told by its first bytes.

import { stat } from 'node:fs/promises';
import type { ByteSource } from '../../base/byte-source.ts';
import { QuireError } from '../../base/errors.ts';
import type { ModelFile } from '../../base/model-file.ts';
import type { TokenizerData } from '../../base/tokenizer-data.ts';
import { openGguf, openGgufTokenizer } from '../gguf.ts';
import { GGUF_MAGIC } from '../gguf-types.ts';
import { fileError, openFileSource } from './file-source.ts';
import { openHuggingFaceFolder, openHuggingFaceTokenizer } from './hugging-face-folder.ts';

/**
 * The model at `path`. Rejects with `file_not_found`, `file_unreadable`, `unknown_format`, or an error of the
 * format. The caller closes it.
 */
export async function openModelFile(path: string): Promise<ModelFile> {
  if (await isFolder(path)) return openHuggingFaceFolder(path);
  const source = await openFileSource(path);
  try {
    await checkMagic(source);
    return await openGguf(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The tokenizer at `path`: of a model, or of a file or folder that holds a tokenizer only. */
export async function openTokenizer(path: string): Promise<TokenizerData> {
  if (await isFolder(path)) return openHuggingFaceTokenizer(path);
  const source = await openFileSource(path);
  try {
    await checkMagic(source);
    return await openGgufTokenizer(source);
  } finally {
    await source.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}

async function checkMagic(source: ByteSource): Promise<void> {
  const magic = new Uint8Array(Math.min(4, source.size));
  await source.readInto(0, magic);
  if (String.fromCharCode(...magic) === GGUF_MAGIC) return;
  const hint = 'give a GGUF file or the folder of a Hugging Face checkpoint';
  throw new QuireError('unknown_format', `${source.name} is no model file that Quire knows`, hint);
}
