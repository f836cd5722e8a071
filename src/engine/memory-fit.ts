// Checks whether a model fits into the free memory. The check runs before the weights are read: if the system kills the process for
// lack of memory, the process cannot report the reason.

import { QuireError } from '../base/errors.ts';

/** Assumed bytes of code, buffers and the arena, in addition to weights and KV memory. */
const OVERHEAD_BYTES = 128 * 2 ** 20;

export interface MemoryNeeds {
  readonly weightBytes: number;
  readonly kvBytes: number;
}

export interface MemoryFit extends MemoryNeeds {
  /** bytes of weights, KV memory and the overhead of the process */
  readonly neededBytes: number;
  /** bytes of free memory, within the limit of a container */
  readonly availableBytes: number;
  readonly fits: boolean;
}

/** Returns whether a model fits, and the numbers. */
export function memoryFit(needs: MemoryNeeds, availableBytes: number): MemoryFit {
  const neededBytes = needs.weightBytes + needs.kvBytes + OVERHEAD_BYTES;
  return { ...needs, neededBytes, availableBytes, fits: neededBytes <= availableBytes };
}

/** Throws `out_of_memory` with the numbers if the model does not fit. */
export function checkMemory(model: string, needs: MemoryNeeds, availableBytes: number): void {
  const { weightBytes, kvBytes, neededBytes, availableBytes: free, fits } = memoryFit(needs, availableBytes);
  if (fits) return;
  throw new QuireError(
    'out_of_memory',
    `${model} needs ${mebibytes(neededBytes)} (weights ${mebibytes(weightBytes)}, keys and values ${mebibytes(kvBytes)}), and ${mebibytes(free)} are free`,
    'close other programs, lower context or kvMemory, or use a smaller or more strongly quantized model',
  );
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
