// The safetensors of a checkpoint: one file, or several with an index that says which tensor is in which. The
// index comes from the network and names files, so it may name none outside the folder.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/model/tokenizer-data.ts';
import { isSafePath } from '../../base/safe-path.ts';
import type { ByteSource } from '../byte-source.ts';
import { readSafetensors, type SafetensorsEntry } from '../safetensors/header.ts';
import { brokenLink, isBrokenLink, openFileSource } from './file-source.ts';
import { readJson } from './read-json.ts';

const WEIGHTS = 'model.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;

export interface WeightFiles {
  readonly entries: readonly SafetensorsEntry[];
  /** tensors that an index names and no file holds: the file each should be in */
  readonly absent: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * Opens all files that hold weights. Rejects with `bad_model_folder`, `file_not_found` or `bad_safetensors`.
 * @param named the file to read, where the folder has several that are no shards
 */
export async function openWeights(folder: string, named?: string): Promise<WeightFiles> {
  const single = named === undefined || SHARD.test(named) ? WEIGHTS : named;
  if (named === single || (await exists(join(folder, single)))) return openAll(folder, [single]);
  if (await exists(join(folder, INDEX))) return openIndexed(folder);
  for (const path of [join(folder, single), join(folder, INDEX)])
    if (await isBrokenLink(path)) throw brokenLink(path);
  throw new QuireError(
    'bad_model_folder',
    `${folder} has neither ${WEIGHTS} nor ${INDEX}`,
    'save the model with safetensors, or give a GGUF file',
  );
}

// The index decides: of a tensor that several files hold it says which one counts.
async function openIndexed(folder: string): Promise<WeightFiles> {
  const places = readPlaces(folder, (await readJson(folder, INDEX)).weight_map);
  const { entries, close } = await openAll(folder, [...new Set(places.values())].sort());
  const isMeant = ({ name, source }: SafetensorsEntry): boolean => {
    const file = places.get(name);
    return file === undefined || source.name === join(folder, file);
  };
  const meant = entries.filter(isMeant);
  const found = new Set(meant.map(({ name }) => name));
  return { entries: meant, absent: new Map([...places].filter(([tensor]) => !found.has(tensor))), close };
}

// Tensor names to file names.
function readPlaces(folder: string, map: JsonValue | undefined): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  for (const [tensor, file] of entries) {
    if (typeof file !== 'string' || !isSafe(file)) {
      const what = `${join(folder, INDEX)} names ${JSON.stringify(file)} as a file of weights`;
      throw new QuireError('bad_model_folder', what, 'get the checkpoint again from its source');
    }
    places.set(tensor, file);
  }
  if (places.size > 0) return places;
  const what = `${join(folder, INDEX)} has no weight_map`;
  throw new QuireError('bad_model_folder', what, 'get the checkpoint again from its source');
}

// A file in the folder or below it.
const isSafe = (file: string): boolean => /\.safetensors$/i.test(file) && isSafePath(file);

async function openAll(folder: string, names: readonly string[]): Promise<WeightFiles> {
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
    return { entries, absent: new Map(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
