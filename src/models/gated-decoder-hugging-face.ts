// Reads the configuration of a gated decoder from a config.json.

import { omitUndefined } from '../base/omit-undefined.ts';
import type { ConfigReader } from '../formats/config-reader.ts';
import type { HuggingFaceConfig, HuggingFaceFormat } from '../formats/family-format.ts';
import { HUGGING_FACE_ACTIVATIONS } from '../formats/hugging-face/activation.ts';
import { type ReadRope, readSharedRope } from '../formats/hugging-face/rope.ts';
import type { ReadWindow } from '../formats/hugging-face/window.ts';
import type { TensorBounds } from '../formats/model-shape.ts';
import type { DecoderExtension, DecoderShape } from './gated-decoder-extension.ts';

/**
 * The values of absent fields: the defaults of transformers, which omits a field from a config if it has its default. A
 * field with the value null is not absent and may have another meaning.
 */
export interface DecoderDefaults {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly layers: number;
  readonly heads: number;
  /** the number of heads by default */
  readonly kvHeads?: number;
  /** the hidden size divided by the number of heads by default */
  readonly headDim?: number;
  readonly contextLength: number;
  readonly tiedEmbeddings: boolean;
  /** 1e-6 by default */
  readonly normEpsilon?: number;
}

/** Defaults of Llama, which most families share. */
export const LLAMA_DEFAULTS = {
  hiddenSize: 4096,
  layers: 32,
  heads: 32,
  tiedEmbeddings: false,
} as const;

/** The only supported values of keys that would change the network of Llama. */
export const LLAMA_REQUIRED_VALUES = { pretraining_tp: 1 } as const;

/** The properties of a family's config.json. */
export interface DecoderHuggingFace {
  readonly defaults: DecoderDefaults;
  /** keys that must be absent or have the given value */
  readonly requiredValues: Readonly<Record<string, unknown>>;
  /** the key of the activation function and its default; `hidden_act` and `silu` by default */
  readonly activation?: readonly [key: string, name: string];
  /** by default one rotary embedding with a base of 10,000 */
  readonly readRope?: ReadRope;
  /** reads the sliding window; undefined for a family without windows */
  readonly readWindow: ReadWindow | undefined;
  /** reads what only this family has */
  readonly readExtension?: (reader: ConfigReader, shape: DecoderShape) => DecoderExtension;
}

/** Returns the config.json format of a family. */
export const decoderHuggingFace = (family: DecoderHuggingFace): HuggingFaceFormat => ({
  read: (reader, bounds) => readConfig(family, reader, bounds),
});

function readConfig(
  family: DecoderHuggingFace,
  reader: ConfigReader,
  { tensors, maxDimension }: TensorBounds,
): HuggingFaceConfig {
  const { defaults, requiredValues, activation = ['hidden_act', 'silu'] } = family;
  const { readRope = readSharedRope({ theta: 10_000 }), readWindow, readExtension } = family;
  const layers = reader.size('num_hidden_layers', defaults.layers, tensors);
  const hiddenSize = reader.size('hidden_size', defaults.hiddenSize, maxDimension);
  const heads = reader.size('num_attention_heads', defaults.heads, maxDimension);
  const headDim = reader.optionalSize('head_dim', maxDimension) ?? defaults.headDim ?? hiddenSize / heads;
  const contextLength = reader.size('max_position_embeddings', defaults.contextLength);
  const { rope, windowRope, maxContextLength } = readRope(reader, { headDim, contextLength });
  const slidingWindow = readWindow?.(reader, layers);
  // In all families, null means one KV head for each head.
  const kvHeads = reader.has('num_key_value_heads') ? heads : (defaults.kvHeads ?? heads);
  for (const [key, value] of Object.entries(requiredValues)) reader.acceptOnly(key, value);
  return {
    vocabSize: reader.size('vocab_size', defaults.vocabSize, maxDimension),
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size('num_key_value_heads', kvHeads, maxDimension),
    headDim,
    ffnSize: reader.size('intermediate_size', defaults.ffnSize, maxDimension),
    contextLength,
    normEpsilon: reader.positiveNumber('rms_norm_eps', defaults.normEpsilon ?? 1e-6),
    activation: reader.oneOf(activation[0], HUGGING_FACE_ACTIVATIONS, activation[1]),
    rope,
    tiedEmbeddings: reader.flag('tie_word_embeddings', defaults.tiedEmbeddings),
    ...omitUndefined({ windowRope, maxContextLength, slidingWindow }),
    ...readExtension?.(reader, { layers, hiddenSize }),
  };
}
