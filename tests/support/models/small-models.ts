// Writes small versions of public models, with random weights of any type, as GGUF files.

import { join } from 'node:path';
import type { DtypeName } from '../../../src/base/model/dtypes.ts';
import { writeGguf } from '../../../src/formats/node/write-gguf.ts';
import { fillTensor } from '../../../src/models/synthetic/fill-tensor.ts';
import type { PublicShape } from '../../../src/models/synthetic/public-shapes.ts';
import { RandomBlocks } from '../../../src/models/synthetic/random-blocks.ts';
import { syntheticModel } from '../../../src/models/synthetic/synthetic-model.ts';

export const SMALL_SIZES = {
  vocabSize: 1300,
  hiddenSize: 256,
  layers: 2,
  heads: 4,
  headDim: 64,
  ffnSize: 512,
  contextLength: 64,
};

/** Returns the shape of a public model with small dimensions. */
export const shrinkShape = (shape: PublicShape): PublicShape => ({
  ...shape,
  ...SMALL_SIZES,
  kvHeads: shape.kvHeads === shape.heads ? SMALL_SIZES.heads : 2,
});

/** Writes a model with random weights to `folder`. Resolves to the path of the file. */
export async function writeSyntheticModel(
  folder: string,
  shape: PublicShape,
  dtype: DtypeName,
  seed = 1,
): Promise<string> {
  const path = join(folder, `${shape.name}-${dtype}-${seed}.gguf`);
  await writeGguf(path, { ...syntheticModel(shape, dtype), fill: fillTensor(new RandomBlocks(seed)) });
  return path;
}
