// Opens a Hugging Face checkpoint: a folder with config.json, safetensors, tokenizer.json and smaller files.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFile } from '../../base/model/model-file.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { type FamilyFormat, huggingFaceFamily } from '../family-format.ts';
import { readGenerationDefaults } from '../generation-defaults.ts';
import { readCheckpoint } from '../hugging-face/checkpoint.ts';
import { ADAPTER_CONFIG, adapterError } from '../lora/adapter-error.ts';
import { createRangeLookup, createTensorReader } from '../tensor-reader.ts';
import { isAdapterOnly } from './adapter-folder.ts';
import { folderName } from './folder-name.ts';
import { readPooling } from './pooling-files.ts';
import { readJson, readOptionalJson } from './read-json.ts';
import { openHuggingFaceTokenizer } from './tokenizer-files.ts';
import { openWeights } from './weight-files.ts';

/**
 * Opens the model in `folder`; the caller closes it. Rejects with `bad_model_folder` for a file that is missing or not
 * JSON, or with an error of one of the files.
 * @param families the supported families
 * @param weights the file with the weights, if the folder has several
 */
export async function openHuggingFaceFolder(
  folder: string,
  families: readonly FamilyFormat[],
  weights?: string,
): Promise<ModelFile> {
  const config = await readConfig(folder);
  const configSource = join(folder, 'config.json');
  huggingFaceFamily(configSource, families, config.model_type); // checked first, because its error is the most helpful
  const generation = await readOptionalJson(folder, 'generation_config.json');
  const tokenizer = await openHuggingFaceTokenizer(folder);
  const pooling = await readPooling(folder);
  const { entries, missingTensors, close } = await openWeights(folder, weights);
  try {
    const name = folderName(folder);
    const checkpoint = await readCheckpoint({
      families,
      source: folder,
      configSource,
      name,
      config,
      pooling,
      entries,
      missingTensors,
    });
    return {
      format: 'huggingface',
      source: folder,
      config: checkpoint.config,
      generation: readGenerationDefaults(generation),
      tokenizer,
      tensors: new Map([...checkpoint.stored].map(([tensor, { info }]) => [tensor, info])),
      readInto: createTensorReader(folder, checkpoint.stored),
      rangeOf: createRangeLookup(checkpoint.stored),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// The folder of a LoRA adapter has adapter_config.json, but no config.json and no other weights.
async function readConfig(folder: string): Promise<JsonObject> {
  const names = await readdir(folder).catch((): string[] => []);
  if (isAdapterOnly(names)) {
    const { base_model_name_or_path: base } = await readOptionalJson(folder, ADAPTER_CONFIG);
    throw adapterError(folder, base);
  }
  return readJson(folder, 'config.json');
}
