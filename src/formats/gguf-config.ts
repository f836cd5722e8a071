// The configuration of a model from the metadata of a GGUF. Keys of the architecture that are not known here
// are refused unless they are off (0 or false): they could change what the model computes.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, RopeConfig, RopeLayout, SlidingWindow } from '../base/model-file.ts';
import { type Architecture, checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import type { GgufMetadata } from './gguf-types.ts';
import { checkConfig, type TensorExtent } from './model-shape.ts';
import { readGgufScaling } from './rope-scaling.ts';

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
  'attention.sliding_window',
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
  // names how the converter's input was laid out; the tensors themselves are as always
  'tensor_data_layout',
]);

/** What the tensor table tells that the metadata may not. */
export interface GgufFacts {
  readonly extent: TensorExtent;
  /** rows of the embedding table */
  readonly vocabSize: number;
  readonly tiedEmbeddings: boolean;
  /** `rope_freqs.weight`, where the file has it */
  readonly ropeFactors?: readonly number[];
}

/** Throws `unknown_architecture` or `unsupported_config`. */
export function readGgufConfig(source: string, metadata: GgufMetadata, facts: GgufFacts): ModelConfig {
  const architecture = checkArchitecture(source, metadata.get('general.architecture'));
  refuseUnknownKeys(source, architecture, metadata);
  const reader = new ConfigReader(source, (key) => metadata.get(key));
  const key = (name: string): string => `${architecture}.${name}`;
  const { tensors, longest } = facts.extent;
  const layers = reader.size(key('block_count'), undefined, tensors);
  const hiddenSize = reader.size(key('embedding_length'), undefined, longest);
  const heads = reader.size(key('attention.head_count'), undefined, longest);
  const headDim = reader.sizeIfThere(key('attention.key_length'), longest) ?? hiddenSize / heads;
  reader.only(key('attention.value_length'), headDim);
  reader.only(key('attention.causal'), true);
  const contextLength = reader.size(key('context_length'));
  const shared = {
    architecture,
    name: readName(source, metadata),
    vocabSize: facts.vocabSize,
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size(key('attention.head_count_kv'), heads, longest),
    headDim,
    ffnSize: reader.size(key('feed_forward_length'), undefined, longest),
    contextLength,
    tiedEmbeddings: facts.tiedEmbeddings,
  };
  return checkConfig(source, {
    ...shared,
    ...familyConfig(architecture, reader, facts, { headDim, contextLength, layers }),
  });
}

type FamilyConfig = Pick<ModelConfig, 'normEpsilon' | 'activation' | 'rope' | 'slidingWindow'>;

function familyConfig(
  architecture: Architecture,
  reader: ConfigReader,
  facts: GgufFacts,
  shape: Pick<ModelConfig, 'headDim' | 'contextLength' | 'layers'>,
): FamilyConfig {
  if (architecture === 'gpt2') {
    return { normEpsilon: reader.positive('gpt2.attention.layer_norm_epsilon'), activation: 'gelu_tanh' };
  }
  const normEpsilon = reader.positive(`${architecture}.attention.layer_norm_rms_epsilon`);
  const rope = readRope(architecture, reader, facts, shape);
  const slidingWindow = readWindow(architecture, reader, shape);
  const common = { normEpsilon, activation: 'silu', rope } as const;
  return slidingWindow === undefined ? common : { ...common, slidingWindow };
}

function readRope(
  architecture: Architecture,
  reader: ConfigReader,
  { ropeFactors }: GgufFacts,
  { headDim, contextLength }: Pick<ModelConfig, 'headDim' | 'contextLength'>,
): RopeConfig {
  const key = (name: string): string => `${architecture}.rope.${name}`;
  const scaling = readGgufScaling(reader, key, contextLength);
  const dim = reader.sizeIfThere(key('dimension_count'), headDim) ?? headDim;
  if (ropeFactors !== undefined && ropeFactors.length !== dim / 2) {
    const what = `${reader.source} has ${ropeFactors.length} rotary factors for ${dim / 2} pairs`;
    throw new QuireError('unsupported_config', what, 'the file is damaged: convert the model again');
  }
  return {
    layout: ROPE_LAYOUT[architecture],
    theta: reader.positive(key('freq_base'), 10000),
    dim,
    ...(scaling === undefined ? {} : { scaling }),
    ...(ropeFactors === undefined ? {} : { factors: ropeFactors }),
  };
}

// The converter permutes the rows of Q and K of Llama and Mistral, so that pairs stand side by side.
const ROPE_LAYOUT: Readonly<Record<Architecture, RopeLayout>> = {
  llama: 'interleaved',
  mistral: 'interleaved',
  qwen2: 'half',
  qwen3: 'half',
  gpt2: 'half',
};

// Mistral's files are of architecture llama, and every layer of theirs slides. Elsewhere the key does not say
// which layers are meant.
function readWindow(
  architecture: Architecture,
  reader: ConfigReader,
  { layers, contextLength }: Pick<ModelConfig, 'layers' | 'contextLength'>,
): SlidingWindow | undefined {
  const key = `${architecture}.attention.sliding_window`;
  const size = reader.count(key, 0);
  if (size === 0 || size >= contextLength) return undefined;
  if (architecture !== 'llama' && architecture !== 'mistral') throw reader.unsupported(key, 'no window');
  return { size, layers: new Array<boolean>(layers).fill(true) };
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
