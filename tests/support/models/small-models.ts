// Writes small versions of public models, with random weights of any type, as GGUF files.

import { join } from 'node:path';
import type { DtypeName } from '../../../src/base/model/dtypes.ts';
import { writeGguf } from '../../../src/formats/node/write-gguf.ts';
import { fillTensor } from '../../../src/models/synthetic/fill-tensor.ts';
import type { PublicModel } from '../../../src/models/synthetic/public-models.ts';
import { RandomBlocks } from '../../../src/models/synthetic/random-blocks.ts';
import { createSyntheticModel } from '../../../src/models/synthetic/synthetic-model.ts';

export const SMALL_SIZES = {
  vocabSize: 1300,
  hiddenSize: 256,
  layers: 2,
  heads: 4,
  headDim: 64,
  ffnSize: 512,
  contextLength: 64,
};

/** Returns a public model with small sizes. */
export const shrinkModel = (model: PublicModel): PublicModel => ({
  ...model,
  ...SMALL_SIZES,
  kvHeads: model.kvHeads === model.heads ? SMALL_SIZES.heads : 2,
  ...(model.ropeDim !== undefined && { ropeDim: (SMALL_SIZES.headDim * model.ropeDim) / model.headDim }),
});

/** Writes a model with random weights to `folder`. Resolves to the path of the file. */
export async function writeSyntheticModel(
  folder: string,
  model: PublicModel,
  dtype: DtypeName,
  seed = 1,
): Promise<string> {
  const path = join(folder, `${model.name}-${dtype}-${seed}.gguf`);
  await writeGguf(path, { ...createSyntheticModel(model, dtype), fill: fillTensor(new RandomBlocks(seed)) });
  return path;
}
