// Checks whether a model fits into the free memory. The check runs before the weights are read: if the system kills the process for
// lack of memory, the process cannot report the reason.

import { QuireError } from '../base/errors.ts';
import type { Backend } from '../kernels/backend.ts';

/** Assumed bytes of code, buffers and the arena, in addition to weights and KV memory. */
const OVERHEAD_BYTES = 128 * 2 ** 20;

// A default size leaves enough for the arena of a large vocabulary and for fragmentation.
const OVERHEAD_OF_DEFAULT_BYTES = 512 * 2 ** 20;

/** the part of the free memory that KV memory has by default */
export const KV_MEMORY_SHARE = 1 / 4;

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

/** Throws `out_of_memory` with the numbers if the model does not fit in the memory that the backend can use. */
export function checkBackendMemory(
  model: string,
  { name, memoryBytes = Number.POSITIVE_INFINITY }: Backend,
  needs: MemoryNeeds,
): void {
  const { weightBytes, kvBytes, neededBytes, fits } = memoryFit(needs, memoryBytes);
  if (fits) return;
  throw new QuireError(
    'out_of_memory',
    `${model} needs ${mebibytes(neededBytes)} (weights ${mebibytes(weightBytes)}, keys and values ${mebibytes(kvBytes)}), and the ${name} backend can use ${mebibytes(memoryBytes)}`,
    'use the native backend (`quire doctor` says why it is not used), lower kvMemory, or use a smaller or more strongly quantized model',
  );
}

/** Returns the free memory from which the default size of KV memory is derived, so that it fits in the memory of the backend. */
export function freeKvBytes(
  { memoryBytes = Number.POSITIVE_INFINITY }: Backend,
  weightBytes: number,
  freeBytes: number,
): number {
  const kvBytes = memoryBytes - weightBytes - OVERHEAD_OF_DEFAULT_BYTES;
  return Math.max(0, Math.min(freeBytes, kvBytes / KV_MEMORY_SHARE));
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
