// The configuration of a model from the config.json of a Hugging Face checkpoint. Both spellings of
// transformers are read: up to version 4 (rope_theta, rope_scaling) and from version 5 on (rope_parameters).

import type { ActivationName, GenerationDefaults, ModelConfig, RopeConfig } from '../base/model-file.ts';
import type { JsonObject } from '../base/tokenizer-data.ts';
import { checkArchitecture } from './architectures.ts';
import { ConfigReader } from './config-reader.ts';
import { checkConfig } from './model-shape.ts';

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
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
  return checkConfig(source, architecture === 'llama' ? llama(reader, name) : gpt2(reader, name));
}

function llama(reader: ConfigReader, name: string): ModelConfig {
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  const headDim = reader.sizeIfThere('head_dim') ?? hiddenSize / heads;
  reader.only('pretraining_tp', 1);
  return {
    architecture: 'llama',
    name,
    vocabSize: reader.size('vocab_size'),
    hiddenSize,
    layers: reader.size('num_hidden_layers'),
    heads,
    kvHeads: reader.size('num_key_value_heads', heads),
    headDim,
    ffnSize: reader.size('intermediate_size'),
    contextLength: reader.size('max_position_embeddings'),
    normEpsilon: reader.positive('rms_norm_eps', 1e-6),
    activation: reader.oneOf('hidden_act', ACTIVATIONS, 'silu'),
    rope: readRope(reader, headDim),
    tiedEmbeddings: reader.flag('tie_word_embeddings', false),
  };
}

function readRope(reader: ConfigReader, headDim: number): RopeConfig {
  refuseScaling(reader, 'rope_scaling');
  refuseScaling(reader, 'rope_parameters');
  const parameters = record(reader.raw('rope_parameters'));
  const inner = new ConfigReader('rope_parameters', (key) => parameters[key]);
  inner.only('partial_rotary_factor', 1);
  reader.only('partial_rotary_factor', 1);
  const theta = parameters.rope_theta === undefined ? reader : inner;
  return { layout: 'half', theta: theta.positive('rope_theta', 10000), dim: headDim };
}

// Absent, or of the default kind: anything else changes the angles.
function refuseScaling(reader: ConfigReader, key: string): void {
  const settings = record(reader.raw(key));
  const kind = settings.rope_type ?? settings.type ?? 'default';
  if (kind !== 'default') throw reader.unsupported(key, 'rotary embedding without scaling');
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

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
    repetitionPenalty: generation.repetition_penalty,
  };
  const usable = ([, value]: [string, unknown]) =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0;
  return Object.fromEntries(Object.entries(named).filter(usable));
}
