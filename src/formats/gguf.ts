// A GGUF file (version 2 or 3) as a model file. Header and tables are read once; a tensor's bytes are read
// into the memory where they stay, so that a model is never held twice.

import type { ByteSource } from '../base/byte-source.ts';
import { QuireError } from '../base/errors.ts';
import type { GenerationDefaults, ModelFile, TensorInfo } from '../base/model-file.ts';
import type { TokenizerVocabulary } from '../base/tokenizer-data.ts';
import { checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import { type GgufFacts, readGgufConfig } from './gguf-config.ts';
import { readGgufMetadata } from './gguf-metadata.ts';
import { readGgufTensors } from './gguf-tensors.ts';
import { readGgufTokenizer } from './gguf-tokenizer.ts';
import type { GgufMetadata, GgufTensor } from './gguf-types.ts';
import { translateGgufName } from './tensor-names.ts';
import { createTensorReader, type StoredTensor } from './tensor-reader.ts';

/**
 * Opens a model; `source` is closed with it, and by the caller when this rejects: with `bad_gguf`,
 * `unknown_architecture`, `unsupported_config`, `unsupported_tensor_type` or `bad_tokenizer`.
 */
export async function openGguf(source: ByteSource): Promise<ModelFile> {
  const header = await readGgufMetadata(source);
  const architecture = checkArchitecture(source.name, header.metadata.get('general.architecture'));
  const stored = translate(source.name, architecture, await readGgufTensors(source, header));
  const tensors = new Map<string, TensorInfo>([...stored].map(([name, tensor]) => [name, tensor.info]));
  const config = readGgufConfig(source.name, header.metadata, readFacts(source.name, tensors));
  return {
    format: 'gguf',
    source: source.name,
    config,
    generation: readGeneration(source.name, header.metadata),
    tokenizer: readGgufTokenizer(source.name, header.metadata),
    tensors,
    readInto: createTensorReader(source, stored),
    close: () => source.close(),
  };
}

/** The tokenizer alone: also of a file that holds a vocabulary and no tensors, of any architecture. */
export async function openGgufTokenizer(source: ByteSource): Promise<TokenizerVocabulary> {
  const { metadata } = await readGgufMetadata(source);
  return readGgufTokenizer(source.name, metadata);
}

function translate(
  source: string,
  architecture: string,
  tensors: readonly GgufTensor[],
): ReadonlyMap<string, StoredTensor> {
  const stored = new Map<string, StoredTensor>();
  for (const { name: ggufName, dtype, shape, offset, byteLength } of tensors) {
    const name = translateGgufName(source, architecture, ggufName);
    if (name !== undefined)
      stored.set(name, { info: { name, dtype, shape, byteLength }, offset, transposed: false });
  }
  return stored;
}

function readFacts(source: string, tensors: ReadonlyMap<string, TensorInfo>): GgufFacts {
  const embedding = tensors.get('model.embed_tokens.weight') ?? tensors.get('wte.weight');
  const vocabSize = embedding?.shape[0];
  if (vocabSize === undefined) {
    const hint = 'a file that holds a vocabulary only can tokenize but not generate: use a whole model';
    throw new QuireError('missing_tensor', `${source} has no tensor token_embd.weight`, hint);
  }
  return { vocabSize, tiedEmbeddings: !tensors.has('lm_head.weight') };
}

// Sampling that a model recommends, under keys that llama.cpp introduced.
function readGeneration(source: string, metadata: GgufMetadata): GenerationDefaults {
  const reader = new ConfigReader(source, (key) => metadata.get(`general.sampling.${key}`));
  const value = (key: string): number | undefined => {
    const number = reader.raw(key);
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
  };
  return definedOnly({
    temperature: value('temp'),
    topK: value('top_k'),
    topP: value('top_p'),
    repetitionPenalty: value('penalty_repeat'),
  });
}

function definedOnly(
  values: Readonly<Record<keyof GenerationDefaults, number | undefined>>,
): GenerationDefaults {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
