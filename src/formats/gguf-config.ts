// The configuration of a model from the metadata of a GGUF. Keys of the architecture that are not known here
// are refused unless they are off (0 or false): they could change what the model computes.

import type { ModelConfig, RopeConfig } from '../base/model-file.ts';
import { type Architecture, checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import type { GgufMetadata } from './gguf-types.ts';
import { checkConfig } from './model-shape.ts';

const KNOWN_KEYS: ReadonlySet<string> = new Set([
  'vocab_size',
  'context_length',
  'embedding_length',
  'block_count',
  'feed_forward_length',
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.layer_norm_epsilon',
  'attention.layer_norm_rms_epsilon',
  'attention.causal',
  'rope.dimension_count',
  'rope.freq_base',
  'rope.scaling.type',
  'rope.scaling.original_context_length',
  'rope.scaling.finetuned',
  // names how the converter's input was laid out; the tensors themselves are as always
  'tensor_data_layout',
]);

/** What the tensor table tells that the metadata may not. */
export interface GgufFacts {
  /** rows of the embedding table */
  readonly vocabSize: number;
  readonly tiedEmbeddings: boolean;
}

/** Throws `unknown_architecture` or `unsupported_config`. */
export function readGgufConfig(source: string, metadata: GgufMetadata, facts: GgufFacts): ModelConfig {
  const architecture = checkArchitecture(source, metadata.get('general.architecture'));
  refuseUnknownKeys(source, architecture, metadata);
  const reader = new ConfigReader(source, (key) => metadata.get(key));
  const key = (name: string): string => `${architecture}.${name}`;
  const hiddenSize = reader.size(key('embedding_length'));
  const heads = reader.size(key('attention.head_count'));
  const headDim = reader.sizeIfThere(key('attention.key_length')) ?? hiddenSize / heads;
  reader.only(key('attention.value_length'), headDim);
  reader.only(key('attention.causal'), true);
  const shared = {
    architecture,
    name: readName(source, metadata),
    vocabSize: facts.vocabSize,
    hiddenSize,
    layers: reader.size(key('block_count')),
    heads,
    kvHeads: reader.size(key('attention.head_count_kv'), heads),
    headDim,
    ffnSize: reader.size(key('feed_forward_length')),
    contextLength: reader.size(key('context_length')),
    tiedEmbeddings: facts.tiedEmbeddings,
  };
  return checkConfig(source, { ...shared, ...familyConfig(architecture, reader, headDim) });
}

type FamilyConfig = Pick<ModelConfig, 'normEpsilon' | 'activation' | 'rope'>;

function familyConfig(architecture: Architecture, reader: ConfigReader, headDim: number): FamilyConfig {
  if (architecture === 'gpt2') {
    return { normEpsilon: reader.positive('gpt2.attention.layer_norm_epsilon'), activation: 'gelu_tanh' };
  }
  const normEpsilon = reader.positive('llama.attention.layer_norm_rms_epsilon');
  return { normEpsilon, activation: 'silu', rope: readRope(reader, headDim) };
}

function readRope(reader: ConfigReader, headDim: number): RopeConfig {
  reader.only('llama.rope.scaling.type', 'none');
  return {
    // The converter permutes the rows of Q and K, so that pairs stand side by side.
    layout: 'interleaved',
    theta: reader.positive('llama.rope.freq_base', 10000),
    dim: reader.sizeIfThere('llama.rope.dimension_count') ?? headDim,
  };
}

function readName(source: string, metadata: GgufMetadata): string {
  const name = metadata.get('general.name');
  return typeof name === 'string' && name !== '' ? name : (source.split(/[\\/]/).at(-1) ?? source);
}

function refuseUnknownKeys(source: string, architecture: string, metadata: GgufMetadata): void {
  const reader = new ConfigReader(source, (key) => metadata.get(key));
  const prefix = `${architecture}.`;
  for (const key of metadata.keys()) {
    if (key.startsWith(prefix) && !KNOWN_KEYS.has(key.slice(prefix.length))) reader.only(key, 0, false);
  }
}
