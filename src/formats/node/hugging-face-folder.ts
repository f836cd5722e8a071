// A folder as Hugging Face lays a checkpoint out: config.json, safetensors, tokenizer.json and the smaller
// files beside them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFile } from '../../base/model/model-file.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { type FamilyFormat, huggingFaceFamily } from '../family-format.ts';
import { readGenerationDefaults } from '../generation-defaults.ts';
import { readCheckpoint } from '../hugging-face/checkpoint.ts';
import { ADAPTER_CONFIG, adapterError } from '../lora-adapter.ts';
import { createTensorReader } from '../tensor-reader.ts';
import { folderName } from './folder-name.ts';
import { readJson, readJsonIfThere } from './read-json.ts';
import { openHuggingFaceTokenizer } from './tokenizer-files.ts';
import { openWeights } from './weight-files.ts';

/**
 * The model in `folder`. Rejects with `bad_model_folder` where a file is missing or not JSON, or with an error
 * of one of the files. The caller closes it.
 * @param families those that are known
 * @param weights the file that holds the weights, where the folder has several
 */
export async function openHuggingFaceFolder(
  folder: string,
  families: readonly FamilyFormat[],
  weights?: string,
): Promise<ModelFile> {
  const config = await readConfig(folder);
  const configSource = join(folder, 'config.json');
  huggingFaceFamily(configSource, families, config.model_type); // before anything else of it is looked for
  const generation = await readJsonIfThere(folder, 'generation_config.json');
  const tokenizer = await openHuggingFaceTokenizer(folder);
  const { entries, absent, close } = await openWeights(folder, weights);
  try {
    const name = folderName(folder);
    const read = await readCheckpoint({
      families,
      source: folder,
      configSource,
      name,
      config,
      entries,
      absent,
    });
    return {
      format: 'huggingface',
      source: folder,
      config: read.config,
      generation: readGenerationDefaults(generation),
      tokenizer,
      tensors: new Map([...read.stored].map(([tensor, { info }]) => [tensor, info])),
      readInto: createTensorReader(folder, read.stored),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// An adapter lies in a folder like a model's: with a file that says so, and without config.json or other weights.
async function readConfig(folder: string): Promise<JsonObject> {
  const names = await readdir(folder).catch((): string[] => []);
  const whole = names.includes('config.json') && names.some(isWeights);
  if (names.includes(ADAPTER_CONFIG) && !whole) throw adapterError(folder);
  return readJson(folder, 'config.json');
}

const isWeights = (name: string): boolean => name.endsWith('.safetensors') && !name.startsWith('adapter_');
