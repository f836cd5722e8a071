// Tests of the families Qwen 2 and Qwen 3.

import { describe, expect, it } from 'vitest';
import { hasTensor, translateGgufName } from '../formats/tensor-names.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { LAYER_SHAPES, programLines, readConfig } from './tiny-decoder-fixture.ts';

const WINDOW = { use_sliding_window: true, num_hidden_layers: 30, sliding_window: 8 };

describe.each([qwen2, qwen3])('$architecture', (family) => {
  it('has a window only with use_sliding_window, from layer 28 on by default', () => {
    expect(readConfig(family, { ...WINDOW, use_sliding_window: false }).slidingWindow).toBeUndefined();
    const usesWindow = readConfig(family, WINDOW).slidingWindow?.layers;
    expect(usesWindow?.flatMap((isSet, layer) => (isSet ? [layer] : []))).toEqual([28, 29]);
    const fromLayer29 = readConfig(family, { ...WINDOW, max_window_layers: 29 }).slidingWindow?.layers;
    expect(fromLayer29?.flatMap((isSet, layer) => (isSet ? [layer] : []))).toEqual([29]);
  });

  it('has 32 KV heads by default', () => {
    expect(readConfig(family, { num_attention_heads: 64 }).kvHeads).toBe(32);
  });
});

it('qwen2 adds the biases that the file has', () => {
  const lines = programLines(qwen2, {}, { ...LAYER_SHAPES, 'self_attn.q_proj.bias': [8] });
  expect(lines.filter((line) => line.includes('bias'))).toEqual([
    'layers.0.q[T, 8] = linear(layers.0.norm[T, 8], model.layers.0.self_attn.q_proj.weight[8, 8]:F32, model.layers.0.self_attn.q_proj.bias[8]:F32)',
  ]);
});

it('qwen3 normalizes each head of queries and keys before rotary embedding', () => {
  const norms = { 'self_attn.q_norm.weight': [4], 'self_attn.k_norm.weight': [4] };
  const lines = programLines(qwen3, {}, { ...LAYER_SHAPES, ...norms });
  expect(lines.filter((line) => /[qk]\.(norm|rope)\[/.test(line)).slice(0, 4)).toEqual([
    'layers.0.q.norm[T, 8] = rmsNorm(layers.0.q[T, 8], model.layers.0.self_attn.q_norm.weight[4]:F32)',
    'layers.0.q.rope[T, 8] = rope(layers.0.q.norm[T, 8])',
    'layers.0.k.norm[T, 4] = rmsNorm(layers.0.k[T, 4], model.layers.0.self_attn.k_norm.weight[4]:F32)',
    'layers.0.k.rope[T, 4] = rope(layers.0.k.norm[T, 4])',
  ]);
});

it('qwen3 has a head size of 128 by default, whatever the hidden size', () => {
  expect(readConfig(qwen3, { hidden_size: 1024 }).headDim).toBe(128);
  expect(readConfig(qwen2, { hidden_size: 1024 }).headDim).toBe(32);
});

it('only qwen3 has norms of queries and keys among its tensors', () => {
  const name = 'model.layers.3.self_attn.q_norm.weight';
  expect(translateGgufName('x.gguf', qwen3, 'blk.3.attn_q_norm.weight')).toBe(name);
  expect([hasTensor(qwen3.tensors, name), hasTensor(qwen2.tensors, name)]).toEqual([true, false]);
});
