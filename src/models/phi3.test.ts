import { describe, expect, it } from 'vitest';
import { unsupportedError } from '../../tests/support/models/unsupported-error.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { createBufferSource } from '../formats/buffer-source.ts';
import { llamaTensors, type Metadata, metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { f32, text, u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { openGguf } from './open-gguf.ts';
import { phi3 } from './phi3.ts';
import { LAYER_SHAPES, programLines, readConfig as readFamilyConfig } from './tiny-decoder-fixture.ts';

const PHI3_SHAPES = {
  'input_layernorm.weight': [8],
  'self_attn.qkv_proj.weight': [16, 8],
  'self_attn.o_proj.weight': [8, 8],
  'post_attention_layernorm.weight': [8],
  'mlp.gate_up_proj.weight': [12, 8],
  'mlp.down_proj.weight': [8, 6],
};

// Heads of 8 elements.
const readConfig = (changes: JsonObject) =>
  readFamilyConfig(phi3, { hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 2, ...changes });

const FACTORS = { short_factor: [1, 1, 1, 2], long_factor: [1, 2, 3, 4] };
const LONG_ROPE = { type: 'longrope', ...FACTORS };

const factorTable = (kind: string, factors: readonly number[]) => ({
  name: `rope_factors_${kind}.weight`,
  dtype: 'F32' as const,
  shape: [factors.length],
  data: new Uint8Array(Float32Array.from(factors).buffer),
});

const readGguf = async (
  changes: Metadata = {},
  tables: readonly (typeof llamaTensors)[number][] = [
    factorTable('short', [1, 1, 1, 2]),
    factorTable('long', [1, 2, 3, 4]),
  ],
) => {
  const tensors = [...llamaTensors.filter(({ name }) => !name.startsWith('blk.')), ...tables];
  const metadata = { ...metadataOf('phi3'), ...changes };
  return openGguf(createBufferSource(encodeGguf(metadata, tensors), 'x.gguf'));
};

it('phi3 uses slices of the tensor of queries, keys and values, and of that of gate and up', () => {
  const slices = programLines(phi3, {}, PHI3_SHAPES).flatMap(
    (line) => /(?:qkv_proj|gate_up_proj)\.weight\S*?\[.*?\]/.exec(line)?.[0] ?? [],
  );
  expect(slices).toEqual([
    'qkv_proj.weight[8, 8]',
    'qkv_proj.weight@8[4, 8]',
    'qkv_proj.weight@12[4, 8]',
    'gate_up_proj.weight[6, 8]',
    'gate_up_proj.weight@6[6, 8]',
  ]);
  const separateTensors = { ...LAYER_SHAPES, ...PHI3_SHAPES, 'self_attn.qkv_proj.weight': [8, 8] };
  expect(() => programLines(phi3, {}, separateTensors)).toThrow(
    expect.objectContaining({ code: 'bad_tensor_shape' }),
  );
});

describe('phi3 reads a config.json', () => {
  it('with the defaults of transformers', () => {
    expect(readFamilyConfig(phi3)).toMatchObject({
      hiddenSize: 3072,
      kvHeads: 32,
      headDim: 96,
      normEpsilon: 1e-5,
      rope: { theta: 10_000, dim: 96 },
    });
    expect(readFamilyConfig(phi3).slidingWindow).toBeUndefined();
  });

  it('in which a part of each head is rotated', () => {
    expect(readConfig({ partial_rotary_factor: 0.75 }).rope).toEqual({
      layout: 'half',
      theta: 10_000,
      dim: 6,
    });
    const rope_parameters = { rope_type: 'default', rope_theta: 5, partial_rotary_factor: 0.5 };
    expect(readConfig({ partial_rotary_factor: 0.75, rope_parameters }).rope?.dim).toBe(4);
  });

  it.each(['longrope', 'su', 'yarn'])('with two lists of factors of the kind %s', (type) => {
    const config = readConfig({ max_position_embeddings: 131_072, rope_scaling: { ...LONG_ROPE, type } });
    expect(config.rope?.scaling).toEqual({
      kind: 'longrope',
      originalContext: 4096,
      attentionFactor: expect.closeTo(Math.sqrt(1 + 5 / 12), 14) as number,
      shortFactors: [1, 1, 1, 2],
      longFactors: [1, 2, 3, 4],
    });
  });

  it('with an attention factor, a factor, or neither', () => {
    const attentionFactor = (settings: JsonObject, changes: JsonObject = {}) => {
      const { scaling } = readConfig({ rope_scaling: { ...LONG_ROPE, ...settings }, ...changes }).rope!;
      return scaling?.kind === 'longrope' ? scaling.attentionFactor : undefined;
    };
    expect(attentionFactor({ attention_factor: 1.5, factor: 8 })).toBe(1.5);
    expect(attentionFactor({ factor: 16 })).toBeCloseTo(Math.sqrt(1 + 4 / 12), 14);
    expect(attentionFactor({})).toBe(1);
    expect(attentionFactor({ original_max_position_embeddings: 2 })).toBe(1);
    expect(attentionFactor({}, { original_max_position_embeddings: 64 })).toBeCloseTo(Math.sqrt(2), 14);
  });

  it('with a window in all layers', () => {
    expect(readConfig({ sliding_window: 2047 }).slidingWindow).toEqual({ size: 2047, layers: [true, true] });
  });
});

it.each<[string, JsonObject]>([
  ['short_factor', { rope_scaling: { type: 'longrope', long_factor: [1, 2, 3, 4] } }],
  ['long_factor', { rope_scaling: { ...LONG_ROPE, long_factor: [1, 2, 3] } }],
  ['long_factor', { rope_scaling: { ...LONG_ROPE, long_factor: [1, 2, 3, 4, 5] } }],
  ['long_factor', { rope_scaling: { ...LONG_ROPE, long_factor: [1, 2, 0, 4] } }],
  ['long_factor', { rope_scaling: { ...LONG_ROPE, long_factor: [1, 2, Number.POSITIVE_INFINITY, 4] } }],
  ['short_factor', { rope_scaling: { ...LONG_ROPE, short_factor: [1, 2, 3, '4'] } }],
  ['short_factor', { rope_scaling: { ...LONG_ROPE, short_factor: 4 } }],
  ['short_factor', { partial_rotary_factor: 0.5, rope_scaling: LONG_ROPE }],
  ['attention_factor', { rope_scaling: { ...LONG_ROPE, attention_factor: -1 } }],
  ['= 0', { rope_scaling: { ...LONG_ROPE, factor: 0 } }],
  ['attention_factor', { original_max_position_embeddings: 1, rope_scaling: LONG_ROPE }],
  ['mscale', { rope_scaling: { ...LONG_ROPE, mscale: [1] } }],
  ['"ntk"', { rope_scaling: { type: 'ntk' } }],
  ['partial_rotary_factor', { partial_rotary_factor: 'half' }],
  ['12 elements', { partial_rotary_factor: 1.5 }],
  ['0 elements', { partial_rotary_factor: 0.1 }],
  ['3 elements', { partial_rotary_factor: 0.4 }],
])('phi3 rejects a config.json with an error that contains "%s": %j', (key, changes) => {
  expect(() => readConfig(changes)).toThrow(unsupportedError(key));
});

describe('phi3 reads a GGUF', () => {
  it('with two tables of factors, which are no tensors of the network', async () => {
    const keys = {
      'phi3.context_length': u32(256),
      'phi3.rope.scaling.original_context_length': u32(64),
      'phi3.rope.scaling.attn_factor': f32(1.25),
      'phi3.attention.sliding_window': u32(0),
    };
    const { config, tensors } = await readGguf(keys);
    expect(config.rope).toEqual({
      layout: 'half',
      theta: 10_000,
      dim: 8,
      scaling: {
        kind: 'longrope',
        originalContext: 64,
        attentionFactor: 1.25,
        shortFactors: [1, 1, 1, 2],
        longFactors: [1, 2, 3, 4],
      },
    });
    expect(config.slidingWindow).toBeUndefined();
    expect([...tensors.keys()].filter((name) => name.includes('rope'))).toEqual([]);
  });

  it('without these tables', async () => {
    const { config } = await readGguf({ 'phi3.rope.dimension_count': u32(6) }, []);
    expect(config.rope).toEqual({ layout: 'half', theta: 10_000, dim: 6 });
  });
});

it.each<[string, Metadata, ReadonlyArray<readonly [string, readonly number[]]> | undefined]>([
  ['only one of the two tables', {}, [['short', [1, 1, 1, 1]]]],
  [
    '3 rotary factors for 4 pairs',
    {},
    [
      ['short', [1, 1, 1]],
      ['long', [1, 1, 1, 1]],
    ],
  ],
  ['attn_factor', { 'phi3.rope.scaling.attn_factor': f32(0) }, undefined],
  ['original_context_length', { 'phi3.rope.scaling.original_context_length': u32(0) }, undefined],
  ['scaling.type', { 'phi3.rope.scaling.type': text('linear') }, undefined],
  ['scaling.factor', { 'phi3.rope.scaling.factor': f32(4) }, undefined],
])('phi3 rejects a GGUF with an error that contains "%s"', async (key, changes, tables) => {
  const opened = readGguf(
    changes,
    tables?.map(([kind, factors]) => factorTable(kind, factors)),
  );
  await expect(opened).rejects.toThrow(unsupportedError(key));
});

it('phi3 rejects a GGUF with a factor that is not above 0', async () => {
  const tables = [factorTable('short', [1, 1, 1, 1]), factorTable('long', [1, 1, 0, 1])];
  await expect(readGguf({}, tables)).rejects.toMatchObject({
    code: 'bad_gguf',
    message: expect.stringContaining('rope_factors_long.weight') as string,
  });
});
