// The shapes of public models, as their configurations give them: what a synthetic file takes over from them, so
// that speed and memory can be measured without a download.

import type { RopeScaling } from '../../base/model/model-file.ts';

export interface PublicShape {
  /** what people call it */
  readonly name: string;
  /** GGUF's name of the architecture */
  readonly architecture: 'llama' | 'qwen2' | 'qwen3' | 'gpt2';
  readonly vocabulary: 'byte-level' | 'sentencepiece';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  readonly contextLength: number;
  readonly normEpsilon: number;
  /** absent where positions are learned */
  readonly ropeTheta?: number;
  readonly ropeScaling?: Extract<RopeScaling, { kind: 'llama3' }>;
  readonly tiedEmbeddings: boolean;
}

const QWEN = {
  vocabulary: 'byte-level',
  vocabSize: 151_936,
  normEpsilon: 1e-6,
  ropeTheta: 1_000_000,
  tiedEmbeddings: true,
} as const;

export const PUBLIC_SHAPES: readonly PublicShape[] = [
  {
    name: 'GPT-2-124M',
    architecture: 'gpt2',
    vocabulary: 'byte-level',
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

const spelling = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The shape that `name` means, whatever its case and punctuation; undefined for none. */
export function findShape(name: string): PublicShape | undefined {
  return PUBLIC_SHAPES.find((shape) => spelling(shape.name) === spelling(name));
}
