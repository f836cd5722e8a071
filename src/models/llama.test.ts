import { expect, it } from 'vitest';
import { llama } from './llama.ts';
import { LAYER_SHAPES, programLines, readConfig } from './tiny-decoder-fixture.ts';

it('llama builds pre-norm blocks of rotary attention and a gated feed-forward network', () => {
  expect(programLines(llama)).toEqual([
    'embedding[T, 8] = embed(model.embed_tokens.weight[5, 8]:F32)',
    'layers.0.norm[T, 8] = rmsNorm(embedding[T, 8], model.layers.0.input_layernorm.weight[8]:F32)',
    'layers.0.q[T, 8] = linear(layers.0.norm[T, 8], model.layers.0.self_attn.q_proj.weight[8, 8]:F32)',
    'layers.0.k[T, 4] = linear(layers.0.norm[T, 8], model.layers.0.self_attn.k_proj.weight[4, 8]:F32)',
    'layers.0.v[T, 4] = linear(layers.0.norm[T, 8], model.layers.0.self_attn.v_proj.weight[4, 8]:F32)',
    'layers.0.q.rope[T, 8] = rope(layers.0.q[T, 8])',
    'layers.0.k.rope[T, 4] = rope(layers.0.k[T, 4])',
    'layers.0.attention[T, 8] = attention(layers.0.q.rope[T, 8], layers.0.k.rope[T, 4], layers.0.v[T, 4])',
    'layers.0.o[T, 8] = linear(layers.0.attention[T, 8], model.layers.0.self_attn.o_proj.weight[8, 8]:F32)',
    'layers.0.x[T, 8] = add(embedding[T, 8], layers.0.o[T, 8])',
    'layers.0.norm[T, 8] = rmsNorm(layers.0.x[T, 8], model.layers.0.post_attention_layernorm.weight[8]:F32)',
    'layers.0.gate[T, 6] = linear(layers.0.norm[T, 8], model.layers.0.mlp.gate_proj.weight[6, 8]:F32)',
    'layers.0.silu[T, 6] = activation(layers.0.gate[T, 6])',
    'layers.0.up[T, 6] = linear(layers.0.norm[T, 8], model.layers.0.mlp.up_proj.weight[6, 8]:F32)',
    'layers.0.gated[T, 6] = mul(layers.0.silu[T, 6], layers.0.up[T, 6])',
    'layers.0.down[T, 8] = linear(layers.0.gated[T, 6], model.layers.0.mlp.down_proj.weight[8, 6]:F32)',
    'layers.0.x[T, 8] = add(layers.0.x[T, 8], layers.0.down[T, 8])',
    'rows[R, 8] = gatherRows(layers.0.x[T, 8])',
    'norm[R, 8] = rmsNorm(rows[R, 8], model.norm.weight[8]:F32)',
    'logits[R, 5] = linear(norm[R, 8], lm_head.weight[5, 8]:F32)',
    'select(logits[R, 5])',
  ]);
});

it('llama uses the embedding table as a tied head', () => {
  expect(programLines(llama, { tiedEmbeddings: true }).at(-2)).toContain('model.embed_tokens.weight');
});

it('llama rejects a config without rotary embedding, and a missing tensor', () => {
  expect(() => programLines(llama, { rope: undefined as never })).toThrow(
    expect.objectContaining({ code: 'unsupported_config' }),
  );
  const { 'mlp.up_proj.weight': _, ...shapes } = LAYER_SHAPES;
  expect(() => programLines(llama, {}, shapes)).toThrow(
    expect.objectContaining({
      code: 'missing_tensor',
      message: expect.stringContaining('up_proj') as string,
    }),
  );
});

it('llama has the defaults of Llama 7B, and no sliding window', () => {
  expect(readConfig(llama)).toMatchObject({
    hiddenSize: 4096,
    layers: 32,
    heads: 32,
    kvHeads: 32,
    headDim: 128,
  });
  expect(readConfig(llama, { sliding_window: 8 }).slidingWindow).toBeUndefined();
  expect(() => readConfig(llama, { pretraining_tp: 2 })).toThrow(/pretraining_tp/);
});
