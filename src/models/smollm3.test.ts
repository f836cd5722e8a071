import { expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';
import { createBufferSource } from '../formats/buffer-source.ts';
import { metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { openGguf } from './open-gguf.ts';
import { smollm3 } from './smollm3.ts';
import { readConfig as readFamilyConfig } from './tiny-decoder-fixture.ts';

const readConfig = (changes: JsonObject) => readFamilyConfig(smollm3, { num_hidden_layers: 6, ...changes });

it('smollm3 reads the layers with rotary embedding from a list or an interval, or uses the default', () => {
  expect(readConfig({}).ropeLayers).toEqual([true, true, true, false, true, true]);
  expect(readConfig({ no_rope_layer_interval: 2 }).ropeLayers).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
  const listed = { no_rope_layers: [0, 1, 1, 0, 0, 1, 0], no_rope_layer_interval: 2 };
  expect(readConfig(listed).ropeLayers).toEqual([false, true, true, false, false, true]);
});

it('smollm3 has a window in the layers without rotary embedding if use_sliding_window is true', () => {
  expect(readConfig({ sliding_window: 8 }).slidingWindow).toBeUndefined();
  expect(readConfig({ sliding_window: 8, use_sliding_window: true }).slidingWindow).toEqual({
    size: 8,
    layers: [false, false, false, true, false, false],
  });
});

it.each<[string, string, JsonValue]>([
  ['a list that is too short', 'no_rope_layers', [1, 1, 1, 0]],
  ['an empty list', 'no_rope_layers', []],
  ['a list with a 2', 'no_rope_layers', [1, 1, 1, 2, 1, 1]],
  ['a list of flags', 'no_rope_layers', [true, true, true, false, true, true]],
  ['a number instead of a list', 'no_rope_layers', 4],
  ['an interval of 0', 'no_rope_layer_interval', 0],
  ['sliding layers without a window size', 'layer_types', new Array<string>(6).fill('sliding_attention')],
  ['too few kinds of layers', 'layer_types', ['full_attention']],
  ['partial rotation of the heads', 'partial_rotary_factor', 0.5],
])('smollm3 rejects %s with an error that names the key', (_, key, value) => {
  expect(() => readConfig({ [key]: value })).toThrow(
    expect.objectContaining({
      code: 'unsupported_config',
      message: expect.stringContaining(key) as string,
    }),
  );
});

it('smollm3 reads a GGUF without rotary embedding in every fourth layer and with permuted rows', async () => {
  const metadata = { ...metadataOf('smollm3'), 'smollm3.block_count': u32(5) };
  const norms = ['output_norm', 'blk.0.attn_norm', 'blk.1.attn_norm', 'blk.2.attn_norm', 'blk.3.attn_norm'];
  const tensors = [
    { name: 'token_embd.weight', dtype: 'F32', shape: [4, 32], data: new Uint8Array(4 * 4 * 32) } as const,
    ...norms.map(
      (name) =>
        ({ name: `${name}.weight`, dtype: 'F32', shape: [32], data: new Uint8Array(4 * 32) }) as const,
    ),
  ];
  const { config } = await openGguf(createBufferSource(encodeGguf(metadata, tensors), 'x.gguf'));
  expect(config.ropeLayers).toEqual([true, true, true, false, true]);
  expect(config.rope?.layout).toBe('interleaved');
});
