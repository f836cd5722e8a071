// Checks whether a model fits into the free memory before its weights are read: a process that the system kills for lack of
// memory cannot report the reason.

import { QuireError } from '../base/errors.ts';

/** Bytes of code, buffers and the arena, besides weights and KV memory. */
const OVERHEAD_BYTES = 128 * 2 ** 20;

export interface MemoryNeed {
  readonly weightBytes: number;
  readonly kvBytes: number;
}

export interface MemoryFit extends MemoryNeed {
  /** weights, KV memory and the overhead of the process */
  readonly neededBytes: number;
  /** free memory, within the limit of a container */
  readonly availableBytes: number;
  readonly fits: boolean;
}

export function memoryFit(need: MemoryNeed, availableBytes: number): MemoryFit {
  const neededBytes = need.weightBytes + need.kvBytes + OVERHEAD_BYTES;
  return { ...need, neededBytes, availableBytes, fits: neededBytes <= availableBytes };
}

/** Throws `out_of_memory` with the numbers when the model does not fit. */
export function checkMemory(model: string, need: MemoryNeed, availableBytes: number): void {
  const { weightBytes, kvBytes, neededBytes, availableBytes: free, fits } = memoryFit(need, availableBytes);
  if (fits) return;
  throw new QuireError(
    'out_of_memory',
    `${model} needs ${mebibytes(neededBytes)} (weights ${mebibytes(weightBytes)}, keys and values ${mebibytes(kvBytes)}), and ${mebibytes(free)} are free`,
    'close other programs, lower context or kvMemory, or use a smaller or more strongly quantized model',
  );
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
