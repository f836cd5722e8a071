// Fills the tensors of a synthetic model with random blocks or given values.

import type { RandomBlocks } from './random-blocks.ts';
import type { SyntheticTensor } from './synthetic-model.ts';

/** Returns a function that fills `target` with the bytes of a tensor from byte `from` on. */
export const fillTensor =
  (random: RandomBlocks) =>
  ({ dtype, contents }: SyntheticTensor, from: number, target: Uint8Array): void => {
    if ('spread' in contents) random.fill(dtype, contents.spread, target);
    else
      new Float32Array(target.buffer, target.byteOffset, target.length / 4).set(
        contents.values.slice(from / 4, (from + target.length) / 4),
      );
  };
