// Whether a model fits into the memory that is free, before anything of it is read: a process that the system
// ends for want of memory cannot say why.

import { QuireError } from '../base/errors.ts';

/** Bytes that code, buffers and the arena take beside weights and KV memory. */
const OVERHEAD_BYTES = 128 * 2 ** 20;

export interface MemoryNeed {
  readonly weightBytes: number;
  readonly kvBytes: number;
}

export interface MemoryFit extends MemoryNeed {
  /** weights, KV memory, and what the process itself takes */
  readonly neededBytes: number;
  /** free now, the limit of a container included */
  readonly availableBytes: number;
  readonly fits: boolean;
}

export function memoryFit(need: MemoryNeed, availableBytes: number): MemoryFit {
  const neededBytes = need.weightBytes + need.kvBytes + OVERHEAD_BYTES;
  return { ...need, neededBytes, availableBytes, fits: neededBytes <= availableBytes };
}

/** Raises `out_of_memory` with the numbers when the model does not fit. */
export function checkMemory(model: string, need: MemoryNeed, availableBytes: number): void {
  const { weightBytes, kvBytes, neededBytes, availableBytes: free, fits } = memoryFit(need, availableBytes);
  if (fits) return;
  throw new QuireError(
    'out_of_memory',
    `${model} needs ${mebibytes(neededBytes)} (weights ${mebibytes(weightBytes)}, keys and values ${mebibytes(kvBytes)}), and ${mebibytes(free)} are free`,
    'close other programs, give a smaller context or less KV memory, or take a smaller or more quantized model',
  );
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
