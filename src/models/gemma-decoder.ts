// The parts that Gemma 2 and Gemma 3 share: attention and feed-forward network are normalized before and after, embeddings are
// multiplied by the root of their size, and some layers have a sliding window. Checkpoints store the weights of norms minus 1.

import type { ModelConfig, Multipliers, SlidingWindow, SoftCaps } from '../base/model/model-file.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import type { ConfigReader } from '../formats/config-reader.ts';
import type { GgufFamilyMetadata, TensorNames } from '../formats/family-format.ts';
import { type ReadWindow, readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { WINDOW } from './gated-decoder-gguf.ts';
import type { DecoderDefaults } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** The defaults of the sizes, apart from the vocabulary and the context. */
export const GEMMA_DEFAULTS = {
  hiddenSize: 2304,
  ffnSize: 9216,
  layers: 26,
  heads: 8,
  kvHeads: 4,
  headDim: 256,
  tiedEmbeddings: true,
} as const satisfies Partial<DecoderDefaults>;

/** The key of the activation function and its default. */
export const GEMMA_ACTIVATION = ['hidden_activation', 'gelu_pytorch_tanh'] as const;

export const GEMMA_TENSORS: TensorNames = {
  ...GATED_DECODER_TENSORS,
  layer: {
    ...GATED_DECODER_TENSORS.layer,
    post_attention_norm: 'post_attention_layernorm',
    ffn_norm: 'pre_feedforward_layernorm',
    post_ffw_norm: 'post_feedforward_layernorm',
  },
  storesNormsMinusOne: true,
};

export const GEMMA_NORMS = {
  beforeAttention: 'input_layernorm',
  afterAttention: 'post_attention_layernorm',
  beforeFeedForward: 'pre_feedforward_layernorm',
  afterFeedForward: 'post_feedforward_layernorm',
} as const;

// As in llama.cpp, the factor is rounded to f32. Transformers rounds it to the type of the embeddings.
export const gemmaMultipliers = ({ hiddenSize }: Pick<ModelConfig, 'hiddenSize'>): Multipliers => ({
  embedding: Math.sqrt(hiddenSize),
  residual: 1,
  logits: 1,
});

/** The limits of attention scores and logits if a file does not state them. */
export interface DefaultSoftCaps {
  readonly attention: number | undefined;
  readonly logits: number | undefined;
}

export const NO_SOFT_CAPS: DefaultSoftCaps = { attention: undefined, logits: undefined };

/** Reads the limits from a config.json, where null means none. */
export function readSoftCaps(reader: ConfigReader, defaults: DefaultSoftCaps): SoftCaps {
  const read = (key: string, fallback: number | undefined): number | undefined => {
    if (!reader.has(key)) return fallback;
    return reader.rawValue(key) === undefined ? undefined : reader.positiveNumber(key);
  };
  return omitUndefined({
    attention: read('attn_logit_softcapping', defaults.attention),
    logits: read('final_logit_softcapping', defaults.logits),
  });
}

/** The keys of the limits in a GGUF. */
export const GGUF_SOFT_CAPS = {
  attention: 'attn_logit_softcapping',
  logits: 'final_logit_softcapping',
} as const;

/** Reads the limits from a GGUF. */
export function readGgufSoftCaps({ reader, key }: GgufFamilyMetadata, defaults: DefaultSoftCaps): SoftCaps {
  const read = (name: string, fallback: number | undefined): number | undefined =>
    fallback === undefined && (reader.rawValue(key(name)) ?? 0) === 0
      ? undefined
      : reader.positiveNumber(key(name), fallback);
  return omitUndefined({
    attention: read(GGUF_SOFT_CAPS.attention, defaults.attention),
    logits: read(GGUF_SOFT_CAPS.logits, defaults.logits),
  });
}

/**
 * Returns the reader of the sliding window of a config.json: of the layers in `layer_types`, or of all except every n-th.
 * @param readPattern returns n
 */
export const readGemmaWindow =
  (readPattern: (reader: ConfigReader) => number): ReadWindow =>
  (reader, layers) => {
    const size = readWindowSize(reader, 4096);
    if (size === undefined) throw reader.unsupportedError('sliding_window', 'a number of tokens');
    const pattern = readPattern(reader);
    return readSlidingWindow(reader, layers, size, (layer) => (layer + 1) % pattern !== 0);
  };

export const GGUF_WINDOW_PATTERN = 'attention.sliding_window_pattern';

/**
 * Reads the sliding window of a GGUF. The layers are in a list, or are all except every n-th.
 * @param defaultPattern n if the file does not state it
 * @param defaultSize the size if the file does not state it; 0 for no window
 */
export function readGgufGemmaWindow(
  { reader, key, shape: { layers } }: GgufFamilyMetadata,
  defaultPattern: number,
  defaultSize: number,
): SlidingWindow | undefined {
  const size = reader.count(key(WINDOW), defaultSize);
  if (size === 0) return undefined;
  const list = reader.rawValue(key(GGUF_WINDOW_PATTERN));
  if (Array.isArray(list)) {
    if (list.length === layers && list.every((value) => typeof value === 'boolean'))
      return { size, layers: list };
    throw reader.unsupportedError(
      key(GGUF_WINDOW_PATTERN),
      `a number, or a list of ${layers} times true or false`,
    );
  }
  const pattern = reader.size(key(GGUF_WINDOW_PATTERN), defaultPattern);
  return { size, layers: Array.from({ length: layers }, (_, layer) => (layer + 1) % pattern !== 0) };
}

/**
 * Returns the factor of the attention scores, which GGUF files do not state. As in llama.cpp, the largest model of a family is
 * recognized by its number of layers; it divides by the root of the hidden size per head instead of that of the head size.
 */
export function ggufGemmaScale(
  { layers, hiddenSize, heads, headDim }: GgufFamilyMetadata['shape'],
  layersOfLargest: number,
): number {
  return (layers === layersOfLargest ? Math.floor(hiddenSize / heads) : headDim) ** -0.5;
}
