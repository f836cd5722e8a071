// The configuration of a model from the config.json of a Hugging Face checkpoint. Both spellings of
// transformers are read: up to version 4 (rope_theta, rope_scaling) and from version 5 on (rope_parameters).

import type { ActivationName, GenerationDefaults, ModelConfig, SlidingWindow } from '../base/model-file.ts';
import type { JsonObject } from '../base/tokenizer-data.ts';
import { type Architecture, checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import { readHuggingFaceRope } from './hugging-face-rope.ts';
import { checkConfig } from './model-shape.ts';

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

type ReadConfig = (reader: ConfigReader, name: string) => ModelConfig;

const READERS: Readonly<Record<Architecture, ReadConfig>> = {
  llama: (reader, name) => gatedDecoder(reader, 'llama', name),
  mistral: (reader, name) => gatedDecoder(reader, 'mistral', name, wholeWindow),
  qwen2: (reader, name) => gatedDecoder(reader, 'qwen2', name, upperWindow),
  qwen3: (reader, name) => gatedDecoder(reader, 'qwen3', name, upperWindow),
  gpt2,
};

/**
 * @param source names the file in messages
 * @param name what people call the model
 * Throws `unknown_architecture` or `unsupported_config`, which names the key.
 */
export function readHuggingFaceConfig(source: string, name: string, config: JsonObject): ModelConfig {
  const architecture = checkArchitecture(source, config.model_type);
  const reader = new ConfigReader(source, (key) => config[key]);
  reader.only('quantization_config');
  reader.only('is_encoder_decoder', false);
  reader.only('add_cross_attention', false);
  return checkConfig(source, READERS[architecture](reader, name));
}

type ReadWindow = (reader: ConfigReader, layers: number) => SlidingWindow | undefined;

function gatedDecoder(
  reader: ConfigReader,
  architecture: Architecture,
  name: string,
  readWindow: ReadWindow = () => undefined,
): ModelConfig {
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  const headDim = reader.sizeIfThere('head_dim') ?? hiddenSize / heads;
  const layers = reader.size('num_hidden_layers');
  const contextLength = reader.size('max_position_embeddings');
  const { rope, longestContext } = readHuggingFaceRope(reader, headDim, contextLength);
  const slidingWindow = readWindow(reader, layers);
  reader.only('pretraining_tp', 1);
  return {
    architecture,
    name,
    vocabSize: reader.size('vocab_size'),
    hiddenSize,
    layers,
    heads,
    kvHeads: reader.size('num_key_value_heads', heads),
    headDim,
    ffnSize: reader.size('intermediate_size'),
    contextLength,
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    activation: reader.oneOf('hidden_act', ACTIVATIONS, 'silu'),
    rope,
    tiedEmbeddings: reader.flag('tie_word_embeddings', false),
    ...(longestContext === undefined ? {} : { longestContext }),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
  };
}

// Mistral: every layer slides where a window is given.
const wholeWindow: ReadWindow = (reader, layers) => {
  const size = reader.sizeIfThere('sliding_window');
  return size === undefined ? undefined : { size, layers: new Array<boolean>(layers).fill(true) };
};

// Qwen: only on request, and then in the layers from `max_window_layers` on, or those that `layer_types` names.
const upperWindow: ReadWindow = (reader, layers) => {
  const size = reader.sizeIfThere('sliding_window');
  if (size === undefined || !reader.flag('use_sliding_window', false)) return undefined;
  const types = reader.raw('layer_types');
  if (types === undefined) {
    const from = reader.count('max_window_layers', layers);
    return { size, layers: Array.from({ length: layers }, (_, layer) => layer >= from) };
  }
  const known = ['full_attention', 'sliding_attention'];
  if (!Array.isArray(types) || types.length !== layers || !types.every((type) => known.includes(type)))
    throw reader.unsupported('layer_types', `${layers} of ${known.join(' or ')}`);
  return { size, layers: types.map((type) => type === 'sliding_attention') };
};

function gpt2(reader: ConfigReader, name: string): ModelConfig {
  reader.only('scale_attn_weights', true);
  reader.only('scale_attn_by_inverse_layer_idx', false);
  const hiddenSize = reader.size('n_embd');
  const heads = reader.size('n_head');
  return {
    architecture: 'gpt2',
    name,
    vocabSize: reader.size('vocab_size'),
    hiddenSize,
    layers: reader.size('n_layer'),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    ffnSize: reader.size('n_inner', 4 * hiddenSize),
    contextLength: reader.size('n_positions'),
    normEpsilon: reader.positive('layer_norm_epsilon', 1e-5),
    activation: reader.oneOf('activation_function', ACTIVATIONS, 'gelu_new'),
    tiedEmbeddings: reader.flag('tie_word_embeddings', true),
  };
}

/** Sampling that generation_config.json recommends: temperature 0 where it says to choose the likeliest token. */
export function readGenerationDefaults(generation: JsonObject): GenerationDefaults {
  if (generation.do_sample === false) return { temperature: 0 };
  const named = {
    temperature: generation.temperature,
    topK: generation.top_k,
    topP: generation.top_p,
    minP: generation.min_p,
    typicalP: generation.typical_p,
    repetitionPenalty: generation.repetition_penalty,
  };
  const isNumber = ([, value]: [string, unknown]): boolean => typeof value === 'number';
  return Object.fromEntries(Object.entries(named).filter(isNumber)); // ranges are looked at where they are used
}
