import { expect, it } from 'vitest';
import { hasTensor, translateGgufName } from '../formats/tensor-names.ts';
import { printProgram } from '../program/print.ts';
import { gpt2 } from './gpt2.ts';
import { readConfig, TINY_CONFIG, tensorTable } from './tiny-decoder-fixture.ts';

const SHAPES = {
  'wte.weight': [5, 8],
  'wpe.weight': [16, 8],
  'ln_f.weight': [8],
  'ln_f.bias': [8],
  'h.0.ln_1.weight': [8],
  'h.0.ln_1.bias': [8],
  'h.0.attn.c_attn.weight': [24, 8],
  'h.0.attn.c_attn.bias': [24],
  'h.0.attn.c_proj.weight': [8, 8],
  'h.0.ln_2.weight': [8],
  'h.0.ln_2.bias': [8],
  'h.0.mlp.c_fc.weight': [6, 8],
  'h.0.mlp.c_proj.weight': [8, 6],
};

it('gpt2 builds blocks with learned positions, and Q, K and V as slices of one tensor', () => {
  const config = { ...TINY_CONFIG, kvHeads: 2, activation: 'gelu_tanh', tiedEmbeddings: true } as const;
  const attn = (row: string) => `h.0.attn.c_attn.weight${row}[8, 8]:F32, h.0.attn.c_attn.bias${row}[8]:F32`;
  expect(printProgram(gpt2.build(config, tensorTable(SHAPES))).split('\n')).toEqual([
    'embedding[T, 8] = embed(wte.weight[5, 8]:F32)',
    'embedding[T, 8] = embed(wpe.weight[16, 8]:F32)',
    'x[T, 8] = add(embedding[T, 8], embedding[T, 8])',
    'h.0.norm[T, 8] = layerNorm(x[T, 8], h.0.ln_1.weight[8]:F32, h.0.ln_1.bias[8]:F32)',
    `h.0.q[T, 8] = linear(h.0.norm[T, 8], ${attn('')})`,
    `h.0.k[T, 8] = linear(h.0.norm[T, 8], ${attn('@8')})`,
    `h.0.v[T, 8] = linear(h.0.norm[T, 8], ${attn('@16')})`,
    'h.0.attention[T, 8] = attention(h.0.q[T, 8], h.0.k[T, 8], h.0.v[T, 8])',
    'h.0.o[T, 8] = linear(h.0.attention[T, 8], h.0.attn.c_proj.weight[8, 8]:F32)',
    'h.0.x[T, 8] = add(x[T, 8], h.0.o[T, 8])',
    'h.0.norm[T, 8] = layerNorm(h.0.x[T, 8], h.0.ln_2.weight[8]:F32, h.0.ln_2.bias[8]:F32)',
    'h.0.fc[T, 6] = linear(h.0.norm[T, 8], h.0.mlp.c_fc.weight[6, 8]:F32)',
    'h.0.gelu_tanh[T, 6] = activation(h.0.fc[T, 6])',
    'h.0.down[T, 8] = linear(h.0.gelu_tanh[T, 6], h.0.mlp.c_proj.weight[8, 6]:F32)',
    'h.0.x[T, 8] = add(h.0.x[T, 8], h.0.down[T, 8])',
    'rows[R, 8] = gatherRows(h.0.x[T, 8])',
    'norm[R, 8] = layerNorm(rows[R, 8], ln_f.weight[8]:F32, ln_f.bias[8]:F32)',
    'logits[R, 5] = linear(norm[R, 8], wte.weight[5, 8]:F32)',
    'select(logits[R, 5])',
  ]);
});

it('gpt2 reads each size under its GPT-2 name or its usual name, with the defaults of the 124M model', () => {
  expect(readConfig(gpt2)).toMatchObject({
    hiddenSize: 768,
    layers: 12,
    heads: 12,
    headDim: 64,
    ffnSize: 3072,
  });
  expect(readConfig(gpt2, { n_layer: 3 }).layers).toBe(3);
  expect(readConfig(gpt2, { n_layer: 3, num_hidden_layers: 4 }).layers).toBe(4);
});

it('gpt2 accepts tensor names with and without a prefix, and ignores causal masks', () => {
  const { canonicalName, derivedTensors } = gpt2.tensors;
  expect(canonicalName('transformer.h.0.ln_1.weight')).toBe('h.0.ln_1.weight');
  expect(derivedTensors.huggingFace.test('h.0.attn.bias')).toBe(true);
  expect(derivedTensors.huggingFace.test('h.0.attn.c_attn.bias')).toBe(false);
  expect(translateGgufName('x.gguf', gpt2, 'blk.0.attn_qkv.bias')).toBe('h.0.attn.c_attn.bias');
  expect(hasTensor(gpt2.tensors, 'h.0.mlp.gate_proj.weight')).toBe(false);
});
