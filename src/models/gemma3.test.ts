import { describe, expect, it } from 'vitest';
import { unsupportedError } from '../../tests/support/models/unsupported-error.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import type { Metadata } from '../formats/gguf/metadata-fixture.ts';
import { f32, flags, text, u32 } from '../formats/gguf/typed-values.ts';
import { gemma3 } from './gemma3.ts';
import { gemma3Text } from './gemma3_text.ts';
import {
  buildTiny,
  LAYER_SHAPES,
  programLines,
  readConfig as readFamilyConfig,
  readGgufConfigOf,
} from './tiny-decoder-fixture.ts';

const GEMMA_SHAPES = {
  ...LAYER_SHAPES,
  'self_attn.q_norm.weight': [4],
  'self_attn.k_norm.weight': [4],
  'pre_feedforward_layernorm.weight': [8],
  'post_feedforward_layernorm.weight': [8],
};

const readConfig = (changes: JsonObject) =>
  readFamilyConfig(gemma3Text, { num_hidden_layers: 7, ...changes });

const readGguf = (changes: Metadata) =>
  readGgufConfigOf('gemma3', { 'gemma3.block_count': u32(3), ...changes });

it('gemma3 normalizes before and after each sublayer, and each head of queries and keys', () => {
  const norms = programLines(gemma3, {}, GEMMA_SHAPES).filter((line) => line.includes('rmsNorm('));
  expect(norms.map((line) => /[\w.]*norm\.weight/.exec(line)?.[0])).toEqual([
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_norm.weight',
    'model.layers.0.self_attn.k_norm.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.layers.0.pre_feedforward_layernorm.weight',
    'model.layers.0.post_feedforward_layernorm.weight',
    'model.norm.weight',
  ]);
});

it('gemma3 rotates with another base in the layers with a window', () => {
  const { operations, ropes } = buildTiny(
    gemma3,
    {
      layers: 2,
      rope: { layout: 'half', theta: 1e6, dim: 4 },
      windowRope: { layout: 'half', theta: 7000, dim: 4 },
      slidingWindow: { size: 5, layers: [true, false] },
    },
    GEMMA_SHAPES,
  );
  const thetas = operations.flatMap((operation) =>
    operation.kind === 'rope' ? [ropes[operation.rope]?.theta] : [],
  );
  expect(thetas).toEqual([7000, 7000, 1e6, 1e6]);
});

describe('gemma3 reads a config.json', () => {
  it('with the defaults of transformers', () => {
    expect(readConfig({})).toMatchObject({
      activation: 'gelu_tanh',
      attentionScale: 1 / 16,
      multipliers: { embedding: 48, residual: 1, logits: 1 },
      rope: { theta: 1e6, dim: 256 },
      windowRope: { theta: 1e4, dim: 256 },
      slidingWindow: { size: 4096, layers: [true, true, true, true, true, false, true] },
    });
  });

  it('with the keys of transformers 4', () => {
    const config = readConfig({
      rope_theta: 5e5,
      rope_local_base_freq: 7000,
      rope_scaling: { rope_type: 'linear', factor: 8 },
      sliding_window: 512,
      sliding_window_pattern: 3,
      query_pre_attn_scalar: 64,
    });
    expect(config).toMatchObject({
      attentionScale: 1 / 8,
      rope: { theta: 5e5, scaling: { kind: 'linear', factor: 8 } },
      windowRope: { theta: 7000 },
      slidingWindow: { size: 512, layers: [true, true, false, true, true, false, true] },
    });
    expect(config.windowRope?.scaling).toBeUndefined();
  });

  it('with the keys of transformers 5', () => {
    const rope_parameters = {
      full_attention: { rope_type: 'linear', factor: 8, rope_theta: 9e5 },
      sliding_attention: { rope_type: 'default', rope_theta: 8000 },
    };
    expect(readConfig({ rope_parameters, rope_theta: 1, rope_local_base_freq: 2 })).toMatchObject({
      rope: { theta: 9e5, scaling: { kind: 'linear', factor: 8 } },
      windowRope: { theta: 8000 },
    });
  });

  it('whose text part is in text_config', () => {
    const text_config = { model_type: 'gemma3_text', num_hidden_layers: 2, tie_word_embeddings: false };
    expect(readFamilyConfig(gemma3, { text_config, num_hidden_layers: 3 })).toMatchObject({
      architecture: 'gemma3',
      layers: 2,
      tiedEmbeddings: true,
    });
    expect(readFamilyConfig(gemma3, { text_config, tie_word_embeddings: false }).tiedEmbeddings).toBe(false);
  });
});

it.each<[string, JsonObject]>([
  ['sliding_window', { sliding_window: null }],
  ['sliding_window_pattern', { sliding_window_pattern: 0 }],
  ['layer_types', { layer_types: ['full_attention'] }],
  ['query_pre_attn_scalar', { query_pre_attn_scalar: -1 }],
  ['rope_local_base_freq', { rope_local_base_freq: 0 }],
  ['rope_type', { rope_parameters: { rope_type: 'default' } }],
  ['rope_theta', { rope_parameters: { sliding_attention: { rope_theta: Number.POSITIVE_INFINITY } } }],
  ['factor', { rope_scaling: { rope_type: 'linear' } }],
  ['hidden_activation', { hidden_activation: 'gelu_fast' }],
  ['attn_logit_softcapping', { attn_logit_softcapping: 50 }],
  ['use_bidirectional_attention', { use_bidirectional_attention: true }],
])('gemma3 rejects a config.json with an error that names %s', (key, changes) => {
  expect(() => readConfig(changes)).toThrow(unsupportedError(key));
});

it.each<[string, JsonObject]>([
  ['text_config', { text_config: [1] }],
  ['text_config has model_type', { text_config: { model_type: 'gemma3n_text' } }],
  ['text_config has quantization_config', { text_config: { quantization_config: {} } }],
  ['text_config has num_hidden_layers', { text_config: { num_hidden_layers: 0 } }],
])('gemma3 rejects a config.json of a model with images: %s', (key, config) => {
  expect(() => readFamilyConfig(gemma3, config)).toThrow(unsupportedError(key));
});

it('gemma3 knows the tensor names of checkpoints with images, and does not load their image tensors', () => {
  const { canonicalName, derivedTensors } = gemma3.tensors;
  for (const prefix of ['', 'model.', 'language_model.model.', 'model.language_model.'])
    expect(canonicalName(`${prefix}layers.0.mlp.up_proj.weight`)).toBe('model.layers.0.mlp.up_proj.weight');
  expect(canonicalName('language_model.lm_head.weight')).toBe('lm_head.weight');
  expect(derivedTensors.huggingFace.test('vision_tower.vision_model.post_layernorm.weight')).toBe(true);
  expect(derivedTensors.huggingFace.test('model.multi_modal_projector.mm_soft_emb_norm.weight')).toBe(true);
});

describe('gemma3 reads a GGUF', () => {
  it('with the conventions of llama.cpp', async () => {
    const keys = {
      'gemma3.rope.freq_base': f32(1e6),
      'gemma3.rope.scaling.type': text('linear'),
      'gemma3.rope.scaling.factor': f32(8),
      'gemma3.attention.sliding_window': u32(512),
      'gemma3.block_count': u32(3),
    };
    const config = await readGguf(keys);
    expect(config).toMatchObject({
      activation: 'gelu_tanh',
      attentionScale: 8 ** -0.5,
      multipliers: { embedding: Math.sqrt(32) },
      rope: { theta: 1e6, scaling: { kind: 'linear', factor: 8 } },
      windowRope: { theta: 1e4, dim: 8 },
      slidingWindow: { size: 512, layers: [true, true, true] },
    });
    expect(config.windowRope?.scaling).toBeUndefined();
  });

  it('which may state the layers with a window and the base of their rotary embedding', async () => {
    const keys = {
      'gemma3.attention.sliding_window': u32(16),
      'gemma3.attention.sliding_window_pattern': u32(2),
      'gemma3.rope.freq_base_swa': f32(7000),
    };
    expect(await readGguf(keys)).toMatchObject({
      windowRope: { theta: 7000 },
      slidingWindow: { size: 16, layers: [true, false, true] },
    });
    const list = { ...keys, 'gemma3.attention.sliding_window_pattern': flags([false, false, true]) };
    expect((await readGguf(list)).slidingWindow?.layers).toEqual([false, false, true]);
    expect((await readGguf({})).slidingWindow).toBeUndefined();
  });

  it('which may limit the logits', async () => {
    expect((await readGguf({ 'gemma3.final_logit_softcapping': f32(30) })).softCaps).toEqual({ logits: 30 });
    expect((await readGguf({ 'gemma3.final_logit_softcapping': f32(0) })).softCaps).toEqual({});
  });
});

it.each<[string, Metadata]>([
  ['sliding_window_pattern', { 'gemma3.attention.sliding_window_pattern': flags([true, false]) }],
  ['sliding_window_pattern', { 'gemma3.attention.sliding_window_pattern': u32(0) }],
  ['sliding_window_pattern', { 'gemma3.attention.sliding_window_pattern': text('6') }],
  ['freq_base_swa', { 'gemma3.rope.freq_base_swa': f32(-1) }],
  ['final_logit_softcapping', { 'gemma3.final_logit_softcapping': f32(-30) }],
  ['attn_logit_softcapping', { 'gemma3.attn_logit_softcapping': f32(50) }],
])('gemma3 rejects a GGUF with a wrong %s', async (key, changes) => {
  const opened = readGguf({ 'gemma3.attention.sliding_window': u32(16), ...changes });
  await expect(opened).rejects.toThrow(unsupportedError(key));
});
