// What stands in a synthetic model's tensors: random blocks, or the numbers that were given.

import type { RandomBlocks } from './random-blocks.ts';
import type { SyntheticTensor } from './synthetic-model.ts';

/** @param from where `target` begins in the tensor's bytes */
export const fillTensor =
  (random: RandomBlocks) =>
  ({ dtype, contents }: SyntheticTensor, from: number, target: Uint8Array): void => {
    if ('spread' in contents) random.fill(dtype, contents.spread, target);
    else
      new Float32Array(target.buffer, target.byteOffset, target.length / 4).set(
        contents.values.slice(from / 4, (from + target.length) / 4),
      );
  };
