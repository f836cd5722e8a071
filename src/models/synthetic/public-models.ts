// The architectures and sizes of public models, from their configurations. A synthetic model copies them, so that speed and
// memory can be measured without a download.

import type { ModelConfig, RopeScaling } from '../../base/model/model-file.ts';

type Sizes = Pick<
  ModelConfig,
  | 'vocabSize'
  | 'hiddenSize'
  | 'layers'
  | 'heads'
  | 'kvHeads'
  | 'headDim'
  | 'ffnSize'
  | 'contextLength'
  | 'normEpsilon'
  | 'tiedEmbeddings'
>;

export interface PublicModel extends Sizes {
  /** the published name */
  readonly name: string;
  /** `general.architecture` of a GGUF file */
  readonly architecture: string;
  readonly vocabulary: 'byte-level' | 'sentencepiece';
  /** `tokenizer.ggml.pre` of a byte-level vocabulary; `qwen2` by default */
  readonly preTokenizer?: string;
  /** GGUF stems of the modules that have a bias */
  readonly biases?: readonly string[];
  /** absent if positions are learned */
  readonly ropeTheta?: number;
  readonly ropeScaling?: Extract<RopeScaling, { kind: 'llama3' }>;
  /** number of elements of a head that are rotated; the head size by default */
  readonly ropeDim?: number;
  /** the largest divisor of a rotary frequency in long contexts, if the model has LongRoPE */
  readonly longRopeFactor?: number;
  /** constant factors by their keys in a GGUF, without the architecture */
  readonly factors?: Readonly<Record<string, number>>;
  /** whole numbers by their keys in a GGUF, without the architecture */
  readonly counts?: Readonly<Record<string, number>>;
}

const QWEN = {
  vocabulary: 'byte-level',
  vocabSize: 151_936,
  normEpsilon: 1e-6,
  ropeTheta: 1_000_000,
  tiedEmbeddings: true,
} as const;

const QWEN2_BIASES = ['attn_q', 'attn_k', 'attn_v'];

export const PUBLIC_MODELS: readonly PublicModel[] = [
  {
    name: 'GPT-2-124M',
    architecture: 'gpt2',
    vocabulary: 'byte-level',
    preTokenizer: 'gpt-2',
    biases: ['output_norm', 'attn_norm', 'attn_qkv', 'attn_output', 'ffn_norm', 'ffn_up', 'ffn_down'],
    vocabSize: 50_257,
    hiddenSize: 768,
    layers: 12,
    heads: 12,
    kvHeads: 12,
    headDim: 64,
    ffnSize: 3072,
    contextLength: 1024,
    normEpsilon: 1e-5,
    tiedEmbeddings: true,
  },
  {
    ...QWEN,
    name: 'Qwen2.5-0.5B',
    architecture: 'qwen2',
    biases: QWEN2_BIASES,
    hiddenSize: 896,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headDim: 64,
    ffnSize: 4864,
    contextLength: 32_768,
  },
  {
    ...QWEN,
    name: 'Qwen2.5-1.5B',
    architecture: 'qwen2',
    biases: QWEN2_BIASES,
    hiddenSize: 1536,
    layers: 28,
    heads: 12,
    kvHeads: 2,
    headDim: 128,
    ffnSize: 8960,
    contextLength: 32_768,
  },
  {
    ...QWEN,
    name: 'Qwen3-0.6B',
    architecture: 'qwen3',
    hiddenSize: 1024,
    layers: 28,
    heads: 16,
    kvHeads: 8,
    headDim: 128,
    ffnSize: 3072,
    contextLength: 40_960,
  },
  {
    name: 'Llama-3.2-1B',
    architecture: 'llama',
    vocabulary: 'byte-level',
    vocabSize: 128_256,
    hiddenSize: 2048,
    layers: 16,
    heads: 32,
    kvHeads: 8,
    headDim: 64,
    ffnSize: 8192,
    contextLength: 131_072,
    normEpsilon: 1e-5,
    ropeTheta: 500_000,
    ropeScaling: {
      kind: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 8192,
    },
    tiedEmbeddings: true,
  },
  {
    name: 'Granite-3.1-2B',
    architecture: 'granite',
    vocabulary: 'byte-level',
    preTokenizer: 'refact',
    vocabSize: 49_155,
    hiddenSize: 2048,
    layers: 40,
    heads: 32,
    kvHeads: 8,
    headDim: 64,
    ffnSize: 8192,
    contextLength: 131_072,
    normEpsilon: 1e-5,
    ropeTheta: 5_000_000,
    factors: { embedding_scale: 12, residual_scale: 0.22, 'attention.scale': 1 / 64, logit_scale: 8 },
    tiedEmbeddings: true,
  },
  {
    name: 'SmolLM3-3B',
    architecture: 'smollm3',
    vocabulary: 'byte-level',
    preTokenizer: 'llama-bpe',
    vocabSize: 128_256,
    hiddenSize: 2048,
    layers: 36,
    heads: 16,
    kvHeads: 4,
    headDim: 128,
    ffnSize: 11_008,
    contextLength: 65_536,
    normEpsilon: 1e-6,
    ropeTheta: 5_000_000,
    tiedEmbeddings: true,
  },
  {
    name: 'Gemma-3-1B',
    architecture: 'gemma3',
    vocabulary: 'sentencepiece',
    vocabSize: 262_144,
    hiddenSize: 1152,
    layers: 26,
    heads: 4,
    kvHeads: 1,
    headDim: 256,
    ffnSize: 6912,
    contextLength: 32_768,
    normEpsilon: 1e-6,
    ropeTheta: 1_000_000,
    counts: { 'attention.sliding_window': 512 },
    tiedEmbeddings: true,
  },
  {
    name: 'Phi-4-mini',
    architecture: 'phi3',
    vocabulary: 'byte-level',
    preTokenizer: 'gpt-4o',
    vocabSize: 200_064,
    hiddenSize: 3072,
    layers: 32,
    heads: 24,
    kvHeads: 8,
    headDim: 128,
    ffnSize: 8192,
    contextLength: 131_072,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    ropeDim: 96,
    longRopeFactor: 32,
    factors: { 'rope.scaling.attn_factor': Math.sqrt(1 + 5 / 12) }, // 1 + log 32 / log 4096
    counts: { 'rope.scaling.original_context_length': 4096, 'attention.sliding_window': 262_144 },
    tiedEmbeddings: true,
  },
  {
    name: 'TinyLlama-1.1B',
    architecture: 'llama',
    vocabulary: 'sentencepiece',
    vocabSize: 32_000,
    hiddenSize: 2048,
    layers: 22,
    heads: 32,
    kvHeads: 4,
    headDim: 64,
    ffnSize: 5632,
    contextLength: 2048,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
  },
];

const normalize = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Returns the model with the name `name`, ignoring case and punctuation; undefined for an unknown name. */
export function findPublicModel(name: string): PublicModel | undefined {
  return PUBLIC_MODELS.find((model) => normalize(model.name) === normalize(name));
}
