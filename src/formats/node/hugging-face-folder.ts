// A folder as Hugging Face lays a checkpoint out: config.json, model.safetensors, tokenizer.json and the
// smaller files beside them.

import { access, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ByteSource } from '../../base/byte-source.ts';
import { QuireError } from '../../base/errors.ts';
import type { ModelFile } from '../../base/model-file.ts';
import type { JsonObject, TokenizerFiles } from '../../base/tokenizer-data.ts';
import { readGenerationDefaults, readHuggingFaceConfig } from '../hugging-face-config.ts';
import { selectTensors } from '../hugging-face-tensors.ts';
import { readHuggingFaceTokenizer } from '../hugging-face-tokenizer.ts';
import { readSafetensors } from '../safetensors.ts';
import { createTensorReader } from '../tensor-reader.ts';
import { fileError, openFileSource } from './file-source.ts';

const WEIGHTS = 'model.safetensors';

/**
 * The model in `folder`. Rejects with `bad_model_folder` where a file is missing or not JSON, or with an error
 * of one of the files. The caller closes it.
 */
export async function openHuggingFaceFolder(folder: string): Promise<ModelFile> {
  const config = await readJson(folder, 'config.json');
  const modelConfig = readHuggingFaceConfig(join(folder, 'config.json'), basename(resolve(folder)), config);
  const generation = await readJsonIfThere(folder, 'generation_config.json');
  const tokenizer = await openHuggingFaceTokenizer(folder);
  const source = await openWeights(folder);
  try {
    const stored = selectTensors(source.name, modelConfig, await readSafetensors(source));
    return {
      format: 'huggingface',
      source: folder,
      config: modelConfig,
      generation: readGenerationDefaults(generation),
      tokenizer,
      tensors: new Map([...stored].map(([name, tensor]) => [name, tensor.info])),
      readInto: createTensorReader(source, stored),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The tokenizer in `folder`, which need hold nothing else. */
export async function openHuggingFaceTokenizer(folder: string): Promise<TokenizerFiles> {
  const template = await readTextIfThere(join(folder, 'chat_template.jinja'));
  return readHuggingFaceTokenizer({
    definition: await readJson(folder, 'tokenizer.json'),
    settings: await readJsonIfThere(folder, 'tokenizer_config.json'),
    generation: await readJsonIfThere(folder, 'generation_config.json'),
    config: await readJsonIfThere(folder, 'config.json'),
    ...(template === undefined ? {} : { template }),
  });
}

async function openWeights(folder: string): Promise<ByteSource> {
  if (await exists(join(folder, WEIGHTS))) return openFileSource(join(folder, WEIGHTS));
  const sharded = await exists(join(folder, `${WEIGHTS}.index.json`));
  const what = sharded ? 'keeps its weights in several files' : `has no ${WEIGHTS}`;
  const hint = sharded
    ? 'Quire reads one file so far: save the model again as one, or convert it to GGUF'
    : 'save the model with safetensors, or give a GGUF file';
  throw new QuireError('bad_model_folder', `${folder} ${what}`, hint);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readJson(folder: string, file: string): Promise<JsonObject> {
  const text = await readTextIfThere(join(folder, file));
  if (text !== undefined) return parseObject(join(folder, file), text);
  throw new QuireError(
    'bad_model_folder',
    `${folder} has no ${file}`,
    'give the folder of a complete checkpoint',
  );
}

async function readJsonIfThere(folder: string, file: string): Promise<JsonObject> {
  const text = await readTextIfThere(join(folder, file));
  return text === undefined ? {} : parseObject(join(folder, file), text);
}

async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const failure = fileError(path, error);
    if (failure.code === 'file_not_found') return undefined;
    throw failure;
  }
}

function parseObject(path: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (error) {
    throw notAnObject(path, error);
  }
  throw notAnObject(path);
}

function notAnObject(path: string, cause?: unknown): QuireError {
  const hint = 'the file is damaged: download it again';
  return new QuireError('bad_model_folder', `${path} is not a JSON object`, hint, { cause });
}
