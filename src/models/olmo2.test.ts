import { expect, it } from 'vitest';
import { createBufferSource } from '../formats/buffer-source.ts';
import { llamaTensors, metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { olmo2 } from './olmo2.ts';
import { openGguf } from './open-gguf.ts';
import { LAYER_SHAPES, programLines, readConfig } from './tiny-decoder-fixture.ts';

const { 'input_layernorm.weight': _, ...SHARED_SHAPES } = LAYER_SHAPES;
const OLMO2_SHAPES = {
  ...SHARED_SHAPES,
  'self_attn.q_norm.weight': [8],
  'self_attn.k_norm.weight': [4],
  'post_feedforward_layernorm.weight': [8],
};

it('olmo2 normalizes whole rows of queries and keys, and the outputs of the sublayers', () => {
  const lines = programLines(olmo2, {}, OLMO2_SHAPES);
  const norms = lines.filter((line) => line.includes('rmsNorm('));
  expect(norms.map((line) => /[\w.]*norm\.weight/.exec(line)?.[0])).toEqual([
    'model.layers.0.self_attn.q_norm.weight',
    'model.layers.0.self_attn.k_norm.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.layers.0.post_feedforward_layernorm.weight',
    'model.norm.weight',
  ]);
});

it('olmo2 rejects weights that normalize each head', () => {
  const shapes = { ...OLMO2_SHAPES, 'self_attn.q_norm.weight': [4] };
  expect(() => programLines(olmo2, {}, shapes)).toThrow(
    expect.objectContaining({ code: 'bad_tensor_shape' }),
  );
});

it('olmo2 has an epsilon of 1e-5 by default', () => {
  expect(readConfig(olmo2)).toMatchObject({ normEpsilon: 1e-5, kvHeads: 32, headDim: 128 });
});

it('olmo2 rejects a GGUF of OLMo 3, which has a sliding window', async () => {
  const metadata = { ...metadataOf('olmo2'), 'olmo2.attention.sliding_window': u32(16) };
  const opened = openGguf(createBufferSource(encodeGguf(metadata, llamaTensors), 'x.gguf'));
  await expect(opened).rejects.toMatchObject({
    code: 'unsupported_config',
    message: expect.stringContaining('sliding_window') as string,
  });
});
