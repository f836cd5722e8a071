// What an absent field of a config.json means: the defaults of transformers, which writes no field that has its
// default. A field that is there with null means something else, where it means anything.

import type { Architecture } from './architectures.ts';

export interface DecoderDefaults {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly layers: number;
  readonly heads: number;
  /** as many as heads where absent */
  readonly kvHeads?: number;
  /** the hidden size divided by the heads where absent */
  readonly headDim?: number;
  readonly contextLength: number;
}

const COMMON = { hiddenSize: 4096, layers: 32, heads: 32 };

const QWEN2: DecoderDefaults = {
  ...COMMON,
  vocabSize: 151_936,
  ffnSize: 22_016,
  kvHeads: 32,
  contextLength: 32_768,
};

export const DECODER_DEFAULTS: Readonly<Record<Exclude<Architecture, 'gpt2'>, DecoderDefaults>> = {
  llama: { ...COMMON, vocabSize: 32_000, ffnSize: 11_008, contextLength: 2048 },
  mistral: { ...COMMON, vocabSize: 32_000, ffnSize: 14_336, kvHeads: 8, contextLength: 131_072 },
  qwen2: QWEN2,
  qwen3: { ...QWEN2, headDim: 128 },
};

export const GPT2_DEFAULTS = {
  vocabSize: 50_257,
  hiddenSize: 768,
  layers: 12,
  heads: 12,
  contextLength: 1024,
} as const;

/** Of the families with windows. */
export const WINDOW_DEFAULTS = { size: 4096, firstLayer: 28 } as const;
