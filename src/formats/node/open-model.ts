// Opens the model at a path: a Hugging Face folder, a GGUF, or a folder with one GGUF. GGUF files are recognized by
// their first bytes.

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import { ggufSets } from '../../base/model/gguf-sets.ts';
import type { ModelFile } from '../../base/model/model-file.ts';
import type { TokenizerData } from '../../base/model/tokenizer-data.ts';
import type { ByteSource } from '../byte-source.ts';
import type { FamilyFormat } from '../family-format.ts';
import { openGguf, openGgufTokenizer, type ReadTokenizer } from '../gguf/open.ts';
import { GGUF_MAGIC } from '../gguf/types.ts';
import { fileError, openFileSource } from './file-source.ts';
import { openHuggingFaceFolder } from './hugging-face-folder.ts';
import { openHuggingFaceTokenizer, openSentencePieceTokenizer } from './tokenizer-files.ts';

/**
 * Opens the model at `path`; the caller closes it. Rejects with `file_not_found`, `file_unreadable`, `unknown_format`,
 * or an error of the format.
 * @param families the supported families
 * @param readTokenizer of a GGUF
 */
export async function openModelFile(
  path: string,
  families: readonly FamilyFormat[],
  readTokenizer?: ReadTokenizer,
): Promise<ModelFile> {
  if (path.endsWith('.safetensors')) return openHuggingFaceFolder(dirname(path), families, basename(path));
  const file = await ggufPath(path);
  if (file === undefined) return openHuggingFaceFolder(path, families);
  const source = await openFileSource(file);
  try {
    await checkMagic(source);
    return await openGguf(source, families, openFileSource, readTokenizer);
  } catch (error) {
    await source.close();
    throw error;
  }
}

// Returns the path of the GGUF at or in `path`; undefined for the folder of a checkpoint.
async function ggufPath(path: string): Promise<string | undefined> {
  if (!(await isFolder(path))) return path;
  const names = await readdir(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  // Only safetensors make a folder a checkpoint: repositories of GGUF files may have config.json and a tokenizer too.
  if (names.some((name) => name.endsWith('.safetensors'))) return undefined;
  const models = ggufSets(names).map(({ name }) => name);
  if (models.length > 1) {
    const message = `${path} has several GGUF files: ${models.join(', ')}`;
    throw new QuireError('bad_model_folder', message, 'use the path of one of them');
  }
  return models[0] === undefined ? undefined : join(path, models[0]);
}

/** Reads the tokenizer at `path`, which may contain a complete model or only a tokenizer. */
export async function openTokenizer(path: string): Promise<TokenizerData> {
  const file = await ggufPath(path);
  if (file === undefined) return openHuggingFaceTokenizer(path);
  if (file.endsWith('.model')) return openSentencePieceTokenizer(file);
  const source = await openFileSource(file);
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
  const hint = 'use a GGUF file or the folder of a Hugging Face checkpoint';
  throw new QuireError('unknown_format', `${source.name} is not a model file of a supported format`, hint);
}
