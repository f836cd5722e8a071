// The configuration of a model from the config.json of a Hugging Face checkpoint. Both spellings of
// transformers are read: up to version 4 (rope_theta, rope_scaling) and from version 5 on (rope_parameters).

import type { ActivationName, ModelConfig } from '../base/model-file.ts';
import type { JsonObject } from '../base/tokenizer-data.ts';
import { type Architecture, checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import { DECODER_DEFAULTS, GPT2_DEFAULTS } from './hugging-face-defaults.ts';
import { readHuggingFaceRope } from './hugging-face-rope.ts';
import { mistralWindow, qwenWindow, type ReadWindow } from './hugging-face-window.ts';
import { checkConfig, type TensorExtent } from './model-shape.ts';

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

type ReadConfig = (reader: ConfigReader, name: string, extent: TensorExtent) => ModelConfig;

const READERS: Readonly<Record<Architecture, ReadConfig>> = {
  llama: (reader, name, extent) => gatedDecoder(reader, 'llama', name, extent),
  mistral: (reader, name, extent) => gatedDecoder(reader, 'mistral', name, extent, mistralWindow),
  qwen2: (reader, name, extent) => gatedDecoder(reader, 'qwen2', name, extent, qwenWindow),
  qwen3: (reader, name, extent) => gatedDecoder(reader, 'qwen3', name, extent, qwenWindow),
  gpt2,
};

/**
 * @param source names the file in messages
 * @param name what people call the model
 * @param extent of the tensors beside it, which bounds what is believed
 * Throws `unknown_architecture` or `unsupported_config`, which names the key.
 */
export function readHuggingFaceConfig(
  source: string,
  name: string,
  config: JsonObject,
  extent: TensorExtent,
): ModelConfig {
  const architecture = checkArchitecture(source, config.model_type);
  const reader = new ConfigReader(source, (key) => config[key]);
  reader.only('quantization_config');
  reader.only('is_encoder_decoder', false);
  reader.only('add_cross_attention', false);
  return checkConfig(source, READERS[architecture](reader, name, extent));
}

function gatedDecoder(
  reader: ConfigReader,
  architecture: Exclude<Architecture, 'gpt2'>,
  name: string,
  { tensors, longest }: TensorExtent,
  readWindow: ReadWindow = () => undefined,
): ModelConfig {
  const absent = DECODER_DEFAULTS[architecture];
  const layers = reader.size('num_hidden_layers', absent.layers, tensors);
  const hiddenSize = reader.size('hidden_size', absent.hiddenSize, longest);
  const heads = reader.size('num_attention_heads', absent.heads, longest);
  const headDim = reader.sizeIfThere('head_dim', longest) ?? absent.headDim ?? hiddenSize / heads;
  const contextLength = reader.size('max_position_embeddings', absent.contextLength);
  const { rope, longestContext } = readHuggingFaceRope(reader, headDim, contextLength);
  const slidingWindow = readWindow(reader, layers);
  // Null is one for each head everywhere.
  const kvHeads = reader.has('num_key_value_heads') ? heads : (absent.kvHeads ?? heads);
  reader.only('pretraining_tp', 1);
  return {
    architecture,
    name,
    vocabSize: reader.size('vocab_size', absent.vocabSize, longest),
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size('num_key_value_heads', kvHeads, longest),
    headDim,
    ffnSize: reader.size('intermediate_size', absent.ffnSize, longest),
    contextLength,
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    activation: reader.oneOf('hidden_act', ACTIVATIONS, 'silu'),
    rope,
    tiedEmbeddings: reader.flag('tie_word_embeddings', false),
    ...(longestContext === undefined ? {} : { longestContext }),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
  };
}

// GPT-2's own names, and those that other families have for the same.
const GPT2_ALIASES = {
  n_embd: 'hidden_size',
  n_layer: 'num_hidden_layers',
  n_head: 'num_attention_heads',
  n_positions: 'max_position_embeddings',
} as const;

function gpt2(reader: ConfigReader, name: string, { tensors, longest }: TensorExtent): ModelConfig {
  reader.only('scale_attn_weights', true);
  reader.only('scale_attn_by_inverse_layer_idx', false);
  const size = (key: keyof typeof GPT2_ALIASES, otherwise: number, most: number): number => {
    const alias = GPT2_ALIASES[key];
    return reader.size(reader.raw(alias) === undefined ? key : alias, otherwise, most);
  };
  const hiddenSize = size('n_embd', GPT2_DEFAULTS.hiddenSize, longest);
  const heads = size('n_head', GPT2_DEFAULTS.heads, longest);
  return {
    architecture: 'gpt2',
    name,
    vocabSize: reader.size('vocab_size', GPT2_DEFAULTS.vocabSize, longest),
    hiddenSize,
    layers: size('n_layer', GPT2_DEFAULTS.layers, tensors),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    ffnSize: reader.size('n_inner', 4 * hiddenSize, longest),
    contextLength: size('n_positions', GPT2_DEFAULTS.contextLength, longest),
    normEpsilon: reader.positive('layer_norm_epsilon', 1e-5),
    activation: reader.oneOf('activation_function', ACTIVATIONS, 'gelu_new'),
    tiedEmbeddings: reader.flag('tie_word_embeddings', true),
  };
}
