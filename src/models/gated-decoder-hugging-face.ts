// The configuration of a gated decoder in a config.json, as far as its families share it.

import { defined } from '../base/defined.ts';
import type { ConfigReader } from '../formats/config-reader.ts';
import type { HuggingFaceConfig, HuggingFaceFormat } from '../formats/family-format.ts';
import { HUGGING_FACE_ACTIVATIONS } from '../formats/hugging-face/activation.ts';
import { readHuggingFaceRope } from '../formats/hugging-face/rope.ts';
import type { ReadWindow } from '../formats/hugging-face/window.ts';
import type { TensorExtent } from '../formats/model-shape.ts';

/**
 * What an absent field of a config.json means: the defaults of transformers, which writes no field that has its
 * default. A field that is there with null means something else, where it means anything.
 */
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
  readonly ropeTheta: number;
  readonly tiedEmbeddings: boolean;
}

/** Defaults that most families took over from Llama. */
export const LLAMA_SIZES = {
  hiddenSize: 4096,
  layers: 32,
  heads: 32,
  ropeTheta: 10_000,
  tiedEmbeddings: false,
} as const;

/** Values that the network of Llama is written for. */
export const LLAMA_ONLY = { pretraining_tp: 1 } as const;

/** Which layers rotate queries and keys. [layers] */
export type ReadRopeLayers = (reader: ConfigReader, layers: number) => readonly boolean[];

/** What a family says of its config.json. */
export interface DecoderHuggingFace {
  readonly defaults: DecoderDefaults;
  /** keys that may be absent or have this value; any other is refused */
  readonly only: Readonly<Record<string, unknown>>;
  /** which layers slide, and how far they see; undefined for a family that has no windows */
  readonly window: ReadWindow | undefined;
}

/** @param readRopeLayers where not all layers rotate */
export function decoderHuggingFace(
  family: DecoderHuggingFace,
  readRopeLayers: ReadRopeLayers | undefined,
): HuggingFaceFormat {
  return {
    read(reader, extent) {
      const config = readConfig(family, reader, extent);
      if (readRopeLayers === undefined) return config;
      return { ...config, ropeLayers: readRopeLayers(reader, config.layers) };
    },
  };
}

function readConfig(
  { defaults, only, window }: DecoderHuggingFace,
  reader: ConfigReader,
  { tensors, longest }: TensorExtent,
): HuggingFaceConfig {
  const layers = reader.size('num_hidden_layers', defaults.layers, tensors);
  const hiddenSize = reader.size('hidden_size', defaults.hiddenSize, longest);
  const heads = reader.size('num_attention_heads', defaults.heads, longest);
  const headDim = reader.sizeIfThere('head_dim', longest) ?? defaults.headDim ?? hiddenSize / heads;
  const contextLength = reader.size('max_position_embeddings', defaults.contextLength);
  const { rope, longestContext } = readHuggingFaceRope(reader, {
    headDim,
    contextLength,
    defaultTheta: defaults.ropeTheta,
  });
  const slidingWindow = window?.(reader, layers);
  // Null is one for each head everywhere.
  const kvHeads = reader.has('num_key_value_heads') ? heads : (defaults.kvHeads ?? heads);
  for (const [key, value] of Object.entries(only)) reader.only(key, value);
  return {
    vocabSize: reader.size('vocab_size', defaults.vocabSize, longest),
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size('num_key_value_heads', kvHeads, longest),
    headDim,
    ffnSize: reader.size('intermediate_size', defaults.ffnSize, longest),
    contextLength,
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    activation: reader.oneOf('hidden_act', HUGGING_FACE_ACTIVATIONS, 'silu'),
    rope,
    tiedEmbeddings: reader.flag('tie_word_embeddings', defaults.tiedEmbeddings),
    ...defined({ longestContext, slidingWindow }),
  };
}
