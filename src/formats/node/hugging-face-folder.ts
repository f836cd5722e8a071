// A folder as Hugging Face lays a checkpoint out: config.json, safetensors, tokenizer.json and the smaller
// files beside them.

import { join } from 'node:path';
import type { ModelFile } from '../../base/model-file.ts';
import { readGenerationDefaults, readHuggingFaceConfig } from '../hugging-face-config.ts';
import { selectTensors } from '../hugging-face-tensors.ts';
import { createTensorReader } from '../tensor-reader.ts';
import { folderName } from './folder-name.ts';
import { readJson, readJsonIfThere } from './read-json.ts';
import { openHuggingFaceTokenizer } from './tokenizer-files.ts';
import { openWeights } from './weight-files.ts';

/**
 * The model in `folder`. Rejects with `bad_model_folder` where a file is missing or not JSON, or with an error
 * of one of the files. The caller closes it.
 * @param weights the file that holds the weights, where the folder has several
 */
export async function openHuggingFaceFolder(folder: string, weights?: string): Promise<ModelFile> {
  const config = await readJson(folder, 'config.json');
  const modelConfig = readHuggingFaceConfig(join(folder, 'config.json'), folderName(folder), config);
  const generation = await readJsonIfThere(folder, 'generation_config.json');
  const tokenizer = await openHuggingFaceTokenizer(folder);
  const { entries, close } = await openWeights(folder, weights);
  try {
    const stored = selectTensors(folder, modelConfig, entries);
    return {
      format: 'huggingface',
      source: folder,
      config: modelConfig,
      generation: readGenerationDefaults(generation),
      tokenizer,
      tensors: new Map([...stored].map(([name, tensor]) => [name, tensor.info])),
      readInto: createTensorReader(folder, stored),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
