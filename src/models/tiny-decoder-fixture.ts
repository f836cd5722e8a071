// A gated decoder with one layer for tests of families: a config, its tensors, and its program as lines of text.

import type { ModelConfig, TensorInfo } from '../base/model/model-file.ts';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { createBufferSource } from '../formats/buffer-source.ts';
import type { FamilyFormat } from '../formats/family-format.ts';
import { llamaTensors, type Metadata, metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { readHuggingFaceConfig } from '../formats/hugging-face/config.ts';
import { printProgram } from '../program/print.ts';
import type { Program } from '../program/program.ts';
import type { ModelFamily } from './family.ts';
import { openGguf } from './open-gguf.ts';

export const TINY_CONFIG: ModelConfig = {
  architecture: 'tiny',
  name: 'tiny',
  vocabSize: 5,
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  ffnSize: 6,
  contextLength: 16,
  normEpsilon: 1e-5,
  activation: 'silu',
  rope: { layout: 'half', theta: 10_000, dim: 4 },
  tiedEmbeddings: false,
};

/** Shapes of the tensors of a layer after `model.layers.N.`. */
export const LAYER_SHAPES = {
  'input_layernorm.weight': [8],
  'self_attn.q_proj.weight': [8, 8],
  'self_attn.k_proj.weight': [4, 8],
  'self_attn.v_proj.weight': [4, 8],
  'self_attn.o_proj.weight': [8, 8],
  'post_attention_layernorm.weight': [8],
  'mlp.gate_proj.weight': [6, 8],
  'mlp.up_proj.weight': [6, 8],
  'mlp.down_proj.weight': [8, 6],
};

const GLOBAL_SHAPES = {
  'model.embed_tokens.weight': [5, 8],
  'model.norm.weight': [8],
  'lm_head.weight': [5, 8],
};

/** Builds the program of `family`. */
export function buildTiny(
  family: ModelFamily,
  config: Partial<ModelConfig> = {},
  layerShapes: Readonly<Record<string, readonly number[]>> = LAYER_SHAPES,
): Program {
  const fullConfig = { ...TINY_CONFIG, ...config };
  const shapes: Record<string, readonly number[]> = { ...GLOBAL_SHAPES };
  for (let layer = 0; layer < fullConfig.layers; layer++)
    for (const [name, shape] of Object.entries(layerShapes)) shapes[`model.layers.${layer}.${name}`] = shape;
  return family.build(fullConfig, tensorTable(shapes));
}

/** Builds the program of `family`. Returns one line per operation. */
export const programLines = (...parameters: Parameters<typeof buildTiny>): string[] =>
  printProgram(buildTiny(...parameters)).split('\n');

/** Returns F32 tensors by name. */
export function tensorTable(
  shapes: Readonly<Record<string, readonly number[]>>,
): ReadonlyMap<string, TensorInfo> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [name, { name, dtype: 'F32', shape, byteLength: 0 }]),
  );
}

/** Reads a config.json, for tensors that are large enough for the defaults of every family. */
export const readConfig = (family: FamilyFormat, config: JsonObject = {}): ModelConfig =>
  readHuggingFaceConfig('config.json', family, 'tiny', config, { tensors: 1000, maxDimension: 1_000_000 });

/** Returns the config of a GGUF with the metadata of an architecture. @param changes replaces values */
export async function readGgufConfigOf(architecture: string, changes: Metadata): Promise<ModelConfig> {
  const file = encodeGguf({ ...metadataOf(architecture), ...changes }, llamaTensors);
  return (await openGguf(createBufferSource(file, 'x.gguf'))).config;
}
