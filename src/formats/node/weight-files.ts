// Opens the safetensors of a checkpoint: one file, or several with an index that maps tensors to files. The index is
// untrusted, so names of files outside the folder are rejected.

import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/model/tokenizer-data.ts';
import { isSafePath } from '../../base/safe-path.ts';
import type { ByteSource } from '../byte-source.ts';
import { isJsonObject } from '../json-object.ts';
import { readSafetensors, type SafetensorsEntry } from '../safetensors/header.ts';
import { brokenLinkError, isBrokenLink, openFileSource, pathExists } from './file-source.ts';
import { readJson } from './read-json.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;

export interface WeightFiles {
  readonly entries: readonly SafetensorsEntry[];
  /** tensors that the index lists but no file contains: name of the tensor to name of the file in the index */
  readonly missingTensors: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * Opens all files with weights. Rejects with `bad_model_folder`, `file_not_found` or `bad_safetensors`.
 * @param weightsFile the file to open, if the folder has several that are not shards
 */
export async function openWeights(folder: string, weightsFile?: string): Promise<WeightFiles> {
  const file = weightsFile === undefined || SHARD.test(weightsFile) ? WEIGHTS : weightsFile;
  if (weightsFile === file || (await pathExists(join(folder, file)))) return openFiles(folder, [file]);
  if (await pathExists(join(folder, INDEX))) return openIndexed(folder);
  for (const path of [join(folder, file), join(folder, INDEX)])
    if (await isBrokenLink(path)) throw brokenLinkError(path);
  throw new QuireError(
    'bad_model_folder',
    `${folder} has neither ${WEIGHTS} nor ${INDEX}`,
    'save the model as safetensors, or use a GGUF file',
  );
}

// If several files contain a tensor, the tensor of the file in the index is used.
async function openIndexed(folder: string): Promise<WeightFiles> {
  const fileOf = readFileMap(folder, (await readJson(folder, INDEX)).weight_map);
  const { entries, close } = await openFiles(folder, [...new Set(fileOf.values())].sort());
  const isIndexed = ({ name, source }: SafetensorsEntry): boolean => {
    const file = fileOf.get(name);
    return file === undefined || source.name === join(folder, file);
  };
  const indexed = entries.filter(isIndexed);
  const foundNames = new Set(indexed.map(({ name }) => name));
  return {
    entries: indexed,
    missingTensors: new Map([...fileOf].filter(([tensor]) => !foundNames.has(tensor))),
    close,
  };
}

// Returns the map from tensor names to file names.
function readFileMap(folder: string, map: JsonValue | undefined): ReadonlyMap<string, string> {
  const fileOf = new Map<string, string>();
  for (const [tensor, file] of isJsonObject(map) ? Object.entries(map) : []) {
    if (typeof file !== 'string' || !isSafeWeightPath(file)) {
      const message = `${join(folder, INDEX)} names ${JSON.stringify(file)}, which is not a safetensors file in its folder`;
      throw new QuireError('bad_model_folder', message, 'download the checkpoint again');
    }
    fileOf.set(tensor, file);
  }
  if (fileOf.size > 0) return fileOf;
  const message = `${join(folder, INDEX)} has no weight_map`;
  throw new QuireError('bad_model_folder', message, 'download the checkpoint again');
}

// Returns whether `file` is a safetensors file in the folder or below it.
const isSafeWeightPath = (file: string): boolean => /\.safetensors$/i.test(file) && isSafePath(file);

async function openFiles(folder: string, names: readonly string[]): Promise<WeightFiles> {
  const sources: ByteSource[] = [];
  const entries: SafetensorsEntry[] = [];
  const close = async (): Promise<void> => {
    for (const source of sources) await source.close();
  };
  try {
    for (const name of names) {
      const source = await openFileSource(join(folder, name));
      sources.push(source);
      for (const entry of await readSafetensors(source)) entries.push(entry);
    }
    return { entries, missingTensors: new Map(), close };
  } catch (error) {
    await close();
    throw error;
  }
}
