// Reads a model's configuration from the metadata of a GGUF. The keys that all architectures share are read here; the
// family reads the others. An unknown key of the architecture is an error unless its value is 0 or false, because it
// could change the computation.

import type { ModelConfig } from '../../base/model/model-file.ts';
import { ConfigReader } from '../config-reader.ts';
import type { GgufFamily, GgufFormat, RopeTables } from '../family-format.ts';
import { checkConfig, type TensorBounds } from '../model-shape.ts';
import { poolingOfType } from '../pooling.ts';
import type { GgufMetadata } from './types.ts';

// Keys that converters may write for any family, even if the family does not use them.
const SHARED_KEYS: ReadonlySet<string> = new Set([
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
  'pooling_type',
  'rope.dimension_count',
  'rope.freq_base',
  'rope.scale_linear',
  'rope.scaling.type',
  'rope.scaling.factor',
  'rope.scaling.attn_factor',
  'rope.scaling.original_context_length',
  'rope.scaling.finetuned',
  'rope.scaling.yarn_ext_factor',
  'rope.scaling.yarn_attn_factor',
  'rope.scaling.yarn_log_multiplier',
  'rope.scaling.yarn_beta_fast',
  'rope.scaling.yarn_beta_slow',
  // describes the input of the converter, not the tensors in the file
  'tensor_data_layout',
]);

// Converters write these keys as a list with a number for each layer if the layers of some models of the family differ.
const KEYS_OF_LAYERS: ReadonlySet<string> = new Set([
  'attention.head_count',
  'attention.head_count_kv',
  'feed_forward_length',
]);

/** The part of the configuration that is derived from the tensors. */
export interface ConfigFromTensors {
  readonly bounds: TensorBounds;
  /** rows of the embedding table */
  readonly vocabSize: number;
  readonly tiedEmbeddings: boolean;
  readonly ropeTables: RopeTables;
}

/** Returns the checked configuration. Throws `unsupported_config`, which names the key. */
export function readGgufConfig(
  source: string,
  { architecture, gguf }: GgufFamily,
  metadata: GgufMetadata,
  facts: ConfigFromTensors,
): ModelConfig {
  const reader = new ConfigReader(source, (key) => settingOf(metadata, gguf.architecture, key));
  rejectUnknownKeys(reader, gguf, metadata);
  const key = (name: string): string => `${gguf.architecture}.${name}`;
  const { tensors, maxDimension } = facts.bounds;
  const layers = reader.size(key('block_count'), undefined, tensors);
  const hiddenSize = reader.size(key('embedding_length'), undefined, maxDimension);
  const heads = reader.size(key('attention.head_count'), undefined, maxDimension);
  const headDim = reader.optionalSize(key('attention.key_length'), maxDimension) ?? hiddenSize / heads;
  reader.acceptOnly(key('attention.value_length'), headDim);
  reader.acceptOnly(key('attention.causal'), true);
  const contextLength = reader.size(key('context_length'));
  const shared = {
    architecture,
    name: readName(source, metadata),
    vocabSize: facts.vocabSize,
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size(key('attention.head_count_kv'), heads, maxDimension),
    headDim,
    ffnSize: reader.size(key('feed_forward_length'), undefined, maxDimension),
    contextLength,
    tiedEmbeddings: facts.tiedEmbeddings,
    ...poolingOfType(reader.count(key('pooling_type'), 0)),
  };
  const shape = { hiddenSize, heads, headDim, contextLength, layers };
  return checkConfig(source, {
    ...shared,
    ...gguf.read({ reader, key, shape, ropeTables: facts.ropeTables }),
  });
}

/** Returns the value of a key; for a list with the same number for each layer, this number. */
function settingOf(metadata: GgufMetadata, architecture: string, key: string): unknown {
  const value = metadata.get(key);
  if (!KEYS_OF_LAYERS.has(key.slice(architecture.length + 1)) || !ArrayBuffer.isView(value)) return value;
  const numbers: readonly number[] = Array.from(value);
  const [first] = numbers;
  const isSame =
    numbers.length === metadata.get(`${architecture}.block_count`) && numbers.every((n) => n === first);
  return isSame ? first : numbers;
}

function readName(source: string, metadata: GgufMetadata): string {
  const name = metadata.get('general.name');
  return typeof name === 'string' && name !== '' ? name : (source.split(/[\\/]/).at(-1) ?? source);
}

function rejectUnknownKeys(
  reader: ConfigReader,
  { architecture, keys }: GgufFormat,
  metadata: GgufMetadata,
): void {
  const prefix = `${architecture}.`;
  for (const key of metadata.keys()) {
    const name = key.slice(prefix.length);
    if (key.startsWith(prefix) && !SHARED_KEYS.has(name) && !keys.includes(name))
      reader.acceptOnly(key, 0, false);
  }
}
