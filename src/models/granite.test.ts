import { expect, it } from 'vitest';
import type { JsonValue } from '../base/model/tokenizer-data.ts';
import { createBufferSource } from '../formats/buffer-source.ts';
import { llamaTensors, type Metadata, metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { f32, flag, int32s, u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { granite } from './granite.ts';
import { openGguf } from './open-gguf.ts';
import { programLines, readConfig } from './tiny-decoder-fixture.ts';

const FACTORS = { 'granite.logit_scale': f32(8) };
const readGguf = async (changes: Metadata) => {
  const metadata = { ...metadataOf('granite'), ...FACTORS, ...changes };
  return (await openGguf(createBufferSource(encodeGguf(metadata, llamaTensors), 'x.gguf'))).config;
};

it('granite reads its four factors from a config.json, each 1 by default', () => {
  expect(readConfig(granite)).toMatchObject({
    attentionScale: 1,
    multipliers: { embedding: 1, residual: 1, logits: 1 },
  });
  const factors = {
    attention_multiplier: 0.0625,
    embedding_multiplier: 12,
    residual_multiplier: 0.25,
    logits_scaling: 8,
  };
  expect(readConfig(granite, factors)).toMatchObject({
    attentionScale: 0.0625,
    multipliers: { embedding: 12, residual: 0.25, logits: 0.125 },
  });
});

it.each<[string, JsonValue]>([
  ['logits_scaling', 0],
  ['embedding_multiplier', -1],
  ['residual_multiplier', 'small'],
  ['attention_multiplier', [1]],
])('granite rejects a config.json with %s = %j', (key, value) => {
  expect(() => readConfig(granite, { [key]: value })).toThrow(
    expect.objectContaining({ code: 'unsupported_config', message: expect.stringContaining(key) as string }),
  );
});

it('granite reads its factors from a GGUF, where 0 and absent stand for the default', async () => {
  expect(await readGguf({})).toMatchObject({ multipliers: { embedding: 1, residual: 1, logits: 0.125 } });
  expect((await readGguf({ 'granite.attention.scale': f32(0) })).attentionScale).toBeUndefined();
  const config = await readGguf({
    'granite.attention.scale': f32(0.0625),
    'granite.embedding_scale': f32(12),
    'granite.residual_scale': f32(0.25),
  });
  expect(config).toMatchObject({ attentionScale: 0.0625, multipliers: { embedding: 12, residual: 0.25 } });
  expect(config.rope?.layout).toBe('interleaved');
});

it('granite reads a GGUF of Granite 4.0, with keys of the hybrid models and a list of KV heads', async () => {
  const keys = {
    'granite.block_count': u32(2),
    'granite.attention.head_count_kv': int32s([2, 2]),
    'granite.expert_count': u32(0),
    'granite.expert_shared_feed_forward_length': u32(32),
    'granite.ssm.conv_kernel': u32(4),
    'granite.ssm.state_size': u32(256),
    'granite.rope.scaling.finetuned': flag(true),
  };
  expect((await readGguf(keys)).kvHeads).toBe(2);
});

it.each<[string, Metadata]>([
  [
    'attention.head_count_kv',
    { 'granite.block_count': u32(2), 'granite.attention.head_count_kv': int32s([2, 4]) },
  ],
  ['attention.head_count_kv', { 'granite.attention.head_count_kv': int32s([2, 2]) }],
  ['attention.head_count_kv', { 'granite.attention.head_count_kv': int32s([]) }],
  ['rope.scaling.finetuned', { 'granite.rope.scaling.finetuned': flag(false) }],
  ['expert_count', { 'granite.expert_count': u32(8) }],
  ['logit_scale', { 'granite.logit_scale': f32(0) }],
])('granite rejects a GGUF that it would compute differently: %s %#', async (key, changes) => {
  await expect(readGguf(changes)).rejects.toMatchObject({
    code: 'unsupported_config',
    message: expect.stringContaining(key) as string,
  });
});

it('granite multiplies embeddings, sublayers, and the rows of which it computes logits', () => {
  const multipliers = { embedding: 12, residual: 0.25, logits: 0.125 };
  const lines = programLines(granite, { attentionScale: 0.0625, multipliers });
  expect(lines.filter((line) => line.includes('scale('))).toHaveLength(4);
  expect(programLines(granite).filter((line) => line.includes('scale('))).toEqual([]);
});
