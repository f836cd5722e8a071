// Tests how each family reads its config.json, and which values it rejects.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { huggingFaceFamily } from '../formats/family-format.ts';
import { readGenerationDefaults } from '../formats/generation-defaults.ts';
import { readHuggingFaceConfig } from '../formats/hugging-face/config.ts';
import type { TensorBounds } from '../formats/model-shape.ts';
import { FAMILIES } from './registry.ts';

const LLAMA: JsonObject = {
  model_type: 'llama',
  vocab_size: 128,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 96,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  hidden_act: 'silu',
};
const QWEN: JsonObject = { ...LLAMA, model_type: 'qwen2', sliding_window: 8, max_window_layers: 1 };
const GPT2: JsonObject = {
  model_type: 'gpt2',
  vocab_size: 128,
  n_embd: 64,
  n_layer: 2,
  n_head: 4,
  n_positions: 256,
};

const read = (config: JsonObject, bounds: TensorBounds = { tensors: 100, maxDimension: 10_000 }) => {
  const family = huggingFaceFamily('config.json', FAMILIES, config.model_type);
  return readHuggingFaceConfig('config.json', family, 'tiny', config, bounds);
};

it('readHuggingFaceConfig reads a config of llama', () => {
  expect(read({ ...LLAMA, rope_theta: 5000, head_dim: null, tie_word_embeddings: true })).toEqual({
    architecture: 'llama',
    name: 'tiny',
    vocabSize: 128,
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    ffnSize: 96,
    contextLength: 256,
    normEpsilon: 1e-5,
    activation: 'silu',
    rope: { layout: 'half', theta: 5000, dim: 16 },
    tiedEmbeddings: true,
  });
});

it('readHuggingFaceConfig reads the rotary settings of transformers 5', () => {
  const rope = read({ ...LLAMA, rope_parameters: { rope_theta: 7000, rope_type: 'default' } }).rope;
  expect(rope?.theta).toBe(7000);
  expect(read({ ...LLAMA, rope_scaling: null }).rope?.theta).toBe(10000);
});

describe('rope scaling', () => {
  const readWith = (settings: object) => read({ ...LLAMA, ...settings });

  it('of the kinds linear and llama3 is read from the keys of transformers 4 and 5', () => {
    const linear = { kind: 'linear', factor: 2 };
    expect(readWith({ rope_scaling: { type: 'linear', factor: 2 } }).rope?.scaling).toEqual(linear);
    const version5 = { rope_parameters: { rope_type: 'linear', rope_theta: 9, factor: 2 } };
    expect(readWith(version5).rope).toMatchObject({ theta: 9, scaling: linear });
    const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    expect(
      readWith({ rope_scaling: { ...llama3, original_max_position_embeddings: 77 } }).rope?.scaling,
    ).toEqual({
      kind: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 77,
    });
  });

  it('of the kind yarn has the defaults of the paper', () => {
    const { rope } = readWith({ rope_scaling: { type: 'yarn', factor: 4 } });
    expect(rope?.scaling).toEqual({
      kind: 'yarn',
      factor: 4,
      originalContext: 256,
      attentionFactor: 0.1 * Math.log(4) + 1,
      betaFast: 32,
      betaSlow: 1,
      truncate: true,
    });
    const weighted = { type: 'yarn', factor: 4, mscale: 0.5, mscale_all_dim: 1 };
    expect(readWith({ rope_scaling: weighted }).rope?.scaling).toMatchObject({
      attentionFactor: (0.05 * Math.log(4) + 1) / (0.1 * Math.log(4) + 1),
    });
  });

  it('of the kind dynamic allows a longer context', () => {
    const config = readWith({ rope_scaling: { type: 'dynamic', factor: 2 } });
    const { contextLength } = config;
    expect(config.rope?.scaling).toEqual({ kind: 'dynamic', factor: 2, originalContext: contextLength });
    expect(config.maxContextLength).toBe(2 * contextLength);
  });
});

describe('sliding windows', () => {
  it('apply to all layers of mistral if the size is not null', () => {
    const readWithWindow = (size: number | null) =>
      read({ ...LLAMA, model_type: 'mistral', sliding_window: size });
    expect(readWithWindow(8).slidingWindow).toEqual({ size: 8, layers: [true, true] });
    expect(readWithWindow(null).slidingWindow).toBeUndefined();
  });

  it('apply to the upper layers of qwen with use_sliding_window', () => {
    const windowWith = (settings: object) => read({ ...QWEN, ...settings }).slidingWindow;
    expect(windowWith({})).toBeUndefined();
    expect(windowWith({ use_sliding_window: true })).toEqual({ size: 8, layers: [false, true] });
    const withLayerTypes = { layer_types: ['sliding_attention', 'full_attention'], use_sliding_window: true };
    expect(windowWith(withLayerTypes)).toEqual({ size: 8, layers: [true, false] });
  });
});

it('readHuggingFaceConfig reads a config of gpt2', () => {
  expect(read({ ...GPT2, n_inner: null })).toMatchObject({
    headDim: 16,
    kvHeads: 4,
    ffnSize: 256,
    normEpsilon: 1e-5,
    activation: 'gelu_tanh',
    tiedEmbeddings: true,
  });
  expect(read(GPT2).rope).toBeUndefined();
});

it.each([
  ['short_factor', { ...LLAMA, rope_scaling: { rope_type: 'longrope', factor: 8, long_factor: [1, 2] } }],
  ['proportional', { ...LLAMA, rope_scaling: { rope_type: 'proportional', factor: 8 } }],
  ['low_freq_factor', { ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
  ['rope_scaling', { ...LLAMA, rope_scaling: { type: 'linear', factor: 0 } }],
  ['rope_parameters', { ...LLAMA, rope_parameters: { rope_type: 'yarn', rope_theta: 10 } }],
  ['base of 1', { ...LLAMA, rope_parameters: { rope_type: 'yarn', rope_theta: 1, factor: 2 } }],
  ['partial_rotary_factor', { ...LLAMA, partial_rotary_factor: 0.5 }],
  ['full_attention', { ...LLAMA, rope_parameters: { full_attention: { rope_theta: 1e6 } } }],
  ['layer_types', { ...QWEN, layer_types: ['sliding_attention', 'full_attention'] }],
  ['head_dim = NaN', { ...LLAMA, head_dim: Number.NaN }],
  ['rope_theta = Infinity', { ...LLAMA, rope_theta: Number.POSITIVE_INFINITY }],
  ['layer_types', { ...QWEN, use_sliding_window: true, layer_types: ['sliding_attention'] }],
  ['layer_types', { ...QWEN, use_sliding_window: true, layer_types: ['chunked', 'chunked'] }],
  ['quantization_config', { ...LLAMA, quantization_config: { quant_method: 'awq' } }],
  ['hidden_act', { ...LLAMA, hidden_act: 'relu6' }],
  ['num_hidden_layers', { ...LLAMA, num_hidden_layers: 0 }],
  ['hidden_size', { ...LLAMA, hidden_size: 'large' }],
  ['KV heads', { ...LLAMA, num_key_value_heads: 3 }],
  ['hidden size', { ...LLAMA, num_attention_heads: 6, num_key_value_heads: 6 }],
  ['rms_norm_eps', { ...LLAMA, rms_norm_eps: -1 }],
  ['n_head', { ...GPT2, n_head: 0.5 }],
  ['scale_attn_by_inverse_layer_idx', { ...GPT2, scale_attn_by_inverse_layer_idx: true }],
  ['add_cross_attention', { ...GPT2, add_cross_attention: true }],
])('readHuggingFaceConfig rejects a config with an error that contains "%s"', (key, config) => {
  expect(() => read(config)).toThrow(
    expect.objectContaining({ code: 'unsupported_config', message: expect.stringContaining(key) }),
  );
});

// Each of these sizes would become the length of a list or loop, or a factor of a size.
describe('sizes that the tensors do not allow', () => {
  const bounds = { tensors: 20, maxDimension: 128 };
  const readWithExtent = (config: JsonObject) => read(config, bounds);
  const LARGE = 2 ** 31 - 1;

  it.each([
    'vocab_size',
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'num_key_value_heads',
    'head_dim',
    'intermediate_size',
  ])('are rejected for %s', (key) => {
    for (const config of [LLAMA, QWEN, { ...LLAMA, model_type: 'mistral' }]) {
      expect(() => readWithExtent({ ...config, [key]: LARGE })).toThrow(
        expect.objectContaining({
          code: 'unsupported_config',
          message: expect.stringMatching(
            new RegExp(`has ${key} = ${LARGE}, but its tensors allow at most \\d+$`),
          ),
        }),
      );
    }
  });

  it.each(['n_embd', 'n_layer', 'n_head', 'n_positions', 'n_inner', 'num_hidden_layers'])(
    'are rejected for %s',
    (key) => {
      const message = expect.stringContaining(`has ${key} = ${LARGE}, but its tensors`);
      const allowed = { ...GPT2, n_inner: 100, n_positions: 100 };
      expect(() => readWithExtent({ ...allowed, [key]: LARGE })).toThrow(
        expect.objectContaining({ message }),
      );
    },
  );

  it('are rejected if they are the default of an absent field', () => {
    const { num_hidden_layers: _, ...config } = LLAMA;
    expect(() => readWithExtent(config)).toThrow(
      expect.objectContaining({
        message:
          'config.json has no num_hidden_layers, which defaults to 32, but its tensors allow at most 20',
      }),
    );
  });
});

it('huggingFaceFamily rejects other architectures and lists the supported architectures', () => {
  expect(() => read({ ...LLAMA, model_type: 'bert' })).toThrow(
    expect.objectContaining({
      code: 'unknown_architecture',
      hint: expect.stringContaining(FAMILIES.map(({ architecture }) => architecture).join(', ')) as string,
    }),
  );
});

it('readGenerationDefaults reads the sampling options of generation_config.json', () => {
  const generation = { temperature: 0.6, top_p: 0.9, top_k: 20, repetition_penalty: 1.05, eos_token_id: [1] };
  expect(readGenerationDefaults(generation)).toEqual({
    temperature: 0.6,
    topP: 0.9,
    topK: 20,
    repetitionPenalty: 1.05,
  });
  expect(readGenerationDefaults({ temperature: null })).toEqual({});
  expect(readGenerationDefaults({ do_sample: false, temperature: 1 })).toEqual({ temperature: 0 });
  const greedyWithPenalty = { do_sample: false, top_k: 5, repetition_penalty: 1.1 };
  expect(readGenerationDefaults(greedyWithPenalty)).toEqual({ temperature: 0, repetitionPenalty: 1.1 });
});
