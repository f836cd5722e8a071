// Tests synthetic models: their files can be loaded and run, and their weights have the requested types and a realistic
// standard deviation.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DTYPES, type DtypeName } from '../../src/base/model/dtypes.ts';
import type { ModelFile } from '../../src/base/model/model-file.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { writeGguf } from '../../src/formats/node/write-gguf.ts';
import { matrixRows } from '../../src/kernels/reference/weights.ts';
import { openModelFile } from '../../src/models/node/open-model-file.ts';
import { buildProgram } from '../../src/models/registry.ts';
import { fillTensor } from '../../src/models/synthetic/fill-tensor.ts';
import {
  findPublicModel,
  PUBLIC_MODELS,
  type PublicModel,
} from '../../src/models/synthetic/public-models.ts';
import { RandomBlocks } from '../../src/models/synthetic/random-blocks.ts';
import { createSyntheticModel } from '../../src/models/synthetic/synthetic-model.ts';
import { SMALL_SIZES, shrinkModel, writeSyntheticModel } from '../support/models/small-models.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const QUANTS = Object.keys(DTYPES) as DtypeName[];

const folder = temporaryFolder('synth');

const writeModel = (model: PublicModel, quant: DtypeName, seed = 1): Promise<string> =>
  writeSyntheticModel(folder, model, quant, seed);

describe.each(PUBLIC_MODELS)('a synthetic $name', (publicModel) => {
  it('can be loaded and run with small sizes', async () => {
    const engine = await loadEngine({ model: await writeModel(shrinkModel(publicModel), 'Q8_0') });
    const { tokens, finishReason } = await engine.generate({
      prompt: 'a cache',
      temperature: 0,
      maxTokens: 4,
    }).result;
    expect(tokens.length).toBeGreaterThan(0);
    expect(['length', 'stop']).toContain(finishReason);
    await engine.dispose();
  });

  it('has about the number of parameters that its name states', () => {
    const { tensors } = createSyntheticModel(publicModel, 'Q4_K');
    const parameters = tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((a, b) => a * b, 1), 0);
    const name = publicModel.name === 'Phi-4-mini' ? 'Phi-4-mini-3.8B' : publicModel.name;
    const [, millions = '', billions = ''] = /(?:(\d+)M|([\d.]+)B)$/.exec(name) ?? [];
    const nominalParameters = millions === '' ? Number(billions) * 1e9 : Number(millions) * 1e6;
    expect(Math.abs(parameters / nominalParameters - 1)).toBeLessThan(0.3);
  });
});

it.each(QUANTS)('synthetic %s weights have the expected mean and standard deviation', async (quant) => {
  const file = await openModelFile(await writeModel(shrinkModel(findPublicModel('qwen2.5 0.5b')!), quant));
  try {
    const { kvGroups } = buildProgram(file.config, file.tensors);
    expect(kvGroups.map(({ layers }) => layers.length)).toEqual([SMALL_SIZES.layers]);
    const values = await valuesOf(file, 'model.layers.0.mlp.gate_proj.weight');
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(spread * Math.sqrt(SMALL_SIZES.hiddenSize)).toBeGreaterThan(0.9);
    expect(spread * Math.sqrt(SMALL_SIZES.hiddenSize)).toBeLessThan(1.1);
    // The mean is not exactly 0: 4-bit values range from -8 to 7, with the midpoint -0.5.
    expect(Math.abs(mean)).toBeLessThan(0.12 * spread);
  } finally {
    await file.close();
  }
});

async function valuesOf(file: ModelFile, name: string): Promise<Float64Array> {
  const { dtype, shape, byteLength } = file.tensors.get(name)!;
  const bytes = new SharedArrayBuffer(byteLength);
  await file.readInto(name, new Uint8Array(bytes));
  const [rows = 0, columns = 0] = shape;
  const matrix = matrixRows(
    { tensor: name, dtype, kind: 'matrix', rowOffset: 0, rows, columns },
    new Map([[name, bytes]]),
  );
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) matrix.decodeRow(row, values, row * columns);
  return values;
}

it('createSyntheticModel uses the types of llama.cpp for rows that are not a multiple of the block size, and more bits for embeddings', () => {
  const tensorTypes = (name: string, quant: DtypeName) => {
    const { tensors } = createSyntheticModel(findPublicModel(name)!, quant);
    const typeOf = (tensor: string) => tensors.find(({ name: tensorName }) => tensorName === tensor)?.dtype;
    return [typeOf('token_embd.weight'), typeOf('blk.0.attn_q.weight'), typeOf('blk.0.ffn_down.weight')];
  };
  // The rows of Qwen2.5-0.5B have 896 or 4864 values; only 4864 is a multiple of 256.
  expect(tensorTypes('Qwen2.5-0.5B', 'Q4_K')).toEqual(['Q8_0', 'Q5_0', 'Q4_K']);
  expect(tensorTypes('Qwen2.5-0.5B', 'Q5_K')).toEqual(['Q8_0', 'Q5_1', 'Q5_K']);
  expect(tensorTypes('Qwen2.5-0.5B', 'Q6_K')).toEqual(['Q8_0', 'Q8_0', 'Q6_K']);
  expect(tensorTypes('Qwen3-0.6B', 'Q4_K')).toEqual(['Q8_0', 'Q4_K', 'Q4_K']);
  expect(tensorTypes('Qwen3-0.6B', 'Q6_K')).toEqual(['Q6_K', 'Q6_K', 'Q6_K']);
  expect(tensorTypes('TinyLlama 1.1B', 'Q4_0')).toEqual(['Q8_0', 'Q4_0', 'Q4_0']);
  expect(tensorTypes('TinyLlama 1.1B', 'BF16')).toEqual(['BF16', 'BF16', 'BF16']);
});

it('synthetic weights depend on the seed only', async () => {
  const smallModel = shrinkModel(findPublicModel('Llama-3.2-1B')!);
  const weightsFor = async (seed: number) => {
    const file = await openModelFile(await writeModel(smallModel, 'Q4_0', seed));
    const values = await valuesOf(file, 'model.layers.1.mlp.up_proj.weight');
    await file.close();
    return values;
  };
  expect(await weightsFor(7)).toEqual(await weightsFor(7));
  expect(await weightsFor(8)).not.toEqual(await weightsFor(7));
});

it('writeGguf leaves no file if writing fails', async () => {
  const smallModel = shrinkModel(findPublicModel('GPT-2 124M')!);
  const model = createSyntheticModel(smallModel, 'F16');
  const failingFill = () => {
    throw new Error('no');
  };
  const filesBefore = await readdir(folder);
  await expect(writeGguf(join(folder, 'x.gguf'), { ...model, fill: failingFill })).rejects.toMatchObject({
    code: 'file_not_writable',
  });
  expect(await readdir(folder)).toEqual(filesBefore);
  await expect(
    writeGguf(join(folder, 'none', 'x.gguf'), { ...model, fill: fillTensor(new RandomBlocks(1)) }),
  ).rejects.toMatchObject({ code: 'file_not_writable' });
});
