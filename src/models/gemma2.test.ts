import { expect, it } from 'vitest';
import { unsupportedError } from '../../tests/support/models/unsupported-error.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import type { Metadata } from '../formats/gguf/metadata-fixture.ts';
import { f32, u32 } from '../formats/gguf/typed-values.ts';
import { gemma2 } from './gemma2.ts';
import {
  buildTiny,
  LAYER_SHAPES,
  programLines,
  readConfig as readFamilyConfig,
  readGgufConfigOf,
} from './tiny-decoder-fixture.ts';

const GEMMA2_SHAPES = {
  ...LAYER_SHAPES,
  'pre_feedforward_layernorm.weight': [8],
  'post_feedforward_layernorm.weight': [8],
};

const readConfig = (changes: JsonObject = {}) =>
  readFamilyConfig(gemma2, { num_hidden_layers: 3, ...changes });

const readGguf = (changes: Metadata = {}) =>
  readGgufConfigOf('gemma2', { 'gemma2.block_count': u32(3), ...changes });

it('gemma2 limits attention scores and logits', () => {
  const config = { softCaps: { attention: 50, logits: 30 } };
  const { operations } = buildTiny(gemma2, config, GEMMA2_SHAPES);
  const limits = operations.flatMap((operation) =>
    operation.kind === 'attention' ? [operation.attention.softCap] : [],
  );
  expect(limits).toEqual([50]);
  expect(programLines(gemma2, config, GEMMA2_SHAPES).slice(-4)).toEqual([
    'logits.capped.scaled[R, 5] = scale(logits[R, 5])',
    'tanh[R, 5] = activation(logits.capped.scaled[R, 5])',
    'logits.capped[R, 5] = scale(tanh[R, 5])',
    'select(logits.capped[R, 5])',
  ]);
  expect(programLines(gemma2, {}, GEMMA2_SHAPES).at(-1)).toBe('select(logits[R, 5])');
});

it('gemma2 reads a config.json with the defaults of transformers', () => {
  expect(readConfig()).toMatchObject({
    activation: 'gelu_tanh',
    attentionScale: 1 / 16,
    multipliers: { embedding: 48, residual: 1, logits: 1 },
    rope: { theta: 1e4, dim: 256 },
    slidingWindow: { size: 4096, layers: [true, false, true] },
    softCaps: { attention: 50, logits: 30 },
  });
  const limits = { attn_logit_softcapping: null, final_logit_softcapping: 20 };
  expect(readConfig(limits).softCaps).toEqual({ logits: 20 });
});

it.each<[string, JsonObject]>([
  ['attn_logit_softcapping', { attn_logit_softcapping: 0 }],
  ['attn_logit_softcapping', { attn_logit_softcapping: Number.POSITIVE_INFINITY }],
  ['final_logit_softcapping', { final_logit_softcapping: '30' }],
  ['query_pre_attn_scalar', { query_pre_attn_scalar: 0 }],
  ['sliding_window', { sliding_window: -1 }],
  ['use_bidirectional_attention', { use_bidirectional_attention: true }],
])('gemma2 rejects a config.json with an error that names %s', (key, changes) => {
  expect(() => readConfig(changes)).toThrow(unsupportedError(key));
});

it('gemma2 reads a GGUF, with the defaults of llama.cpp', async () => {
  expect(await readGguf()).toMatchObject({
    attentionScale: 8 ** -0.5,
    multipliers: { embedding: Math.sqrt(32) },
    slidingWindow: { size: 4096, layers: [true, false, true] },
    softCaps: { attention: 50, logits: 30 },
  });
  const keys = {
    'gemma2.attn_logit_softcapping': f32(3),
    'gemma2.final_logit_softcapping': f32(8),
    'gemma2.attention.sliding_window': u32(16),
  };
  expect(await readGguf(keys)).toMatchObject({
    slidingWindow: { size: 16 },
    softCaps: { attention: 3, logits: 8 },
  });
});

it.each(['attn_logit_softcapping', 'final_logit_softcapping'])(
  'gemma2 rejects a GGUF with a %s that is not above 0',
  async (key) => {
    await expect(readGguf({ [`gemma2.${key}`]: f32(0) })).rejects.toThrow(unsupportedError(key));
  },
);
