// Recognizes the folder of a PEFT adapter, and reads which base model the adapter names.

import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { JsonValue } from '../../base/model/tokenizer-data.ts';
import { ADAPTER_CONFIG } from '../lora/adapter-error.ts';
import { readJson } from './read-json.ts';

export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

export interface AdapterFolder {
  readonly folder: string;
  /** `base_model_name_or_path` of the file, which is untrusted */
  readonly base: JsonValue | undefined;
  /** `revision`: that of the base model on a hub; untrusted too */
  readonly revision: JsonValue | undefined;
}

/**
 * Returns the adapter at `path`, which is its folder or its safetensors file; undefined for a complete model, and for a path that
 * does not exist. Rejects with `bad_model_folder` if the config of the adapter is damaged.
 */
export async function adapterFolderAt(path: string): Promise<AdapterFolder | undefined> {
  const folder = basename(path) === ADAPTER_WEIGHTS ? dirname(path) : path;
  const names = await readdir(folder).catch((): string[] => []);
  if (!isAdapterOnly(names) || !names.includes(ADAPTER_WEIGHTS)) return undefined;
  const { base_model_name_or_path: base, revision } = await readJson(folder, ADAPTER_CONFIG);
  return { folder, base, revision };
}

/** Whether a folder with these files has an adapter, and no model that config.json and other weights make up. */
export const isAdapterOnly = (names: readonly string[]): boolean =>
  names.includes(ADAPTER_CONFIG) && !(names.includes('config.json') && names.some(isWeights));

const isWeights = (name: string): boolean => name.endsWith('.safetensors') && !name.startsWith('adapter_');
