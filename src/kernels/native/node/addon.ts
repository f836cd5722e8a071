// The interface of the compiled addon, implemented in native/src/addon.cpp.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeResult } from '../plan-words.ts';

declare const kind: unique symbol;
export type NativeWeights = { readonly [kind]: 'weights' };
export type NativeExecutable = { readonly [kind]: 'executable' };

export interface Addon {
  /** names, best first */
  instructionSets(): string[];
  createWeights(instructionSet: string): NativeWeights;
  /** Returns the index of the matrix. `type` is an index of DTYPE_NAMES. */
  addMatrix(weights: NativeWeights, type: number, rows: number, columns: number): number;
  /** Decodes `count` stored elements; returns the index of the vector. */
  addVector(weights: NativeWeights, type: number, bytes: Uint8Array, count: number): number;
  /**
   * Packs the rows in `bytes` into panels. The first one is row `row` of the matrix and must start a panel. `bytes`
   * must not change until the promise settles.
   */
  pack(
    weights: NativeWeights,
    matrix: number,
    bytes: Uint8Array,
    threads: number,
    row: number,
  ): Promise<void>;
  /**
   * `options`: tokens per block, longest sequence, threads, index of the KV type in KV_DTYPES, then the blocks of
   * each group
   */
  createExecutable(weights: NativeWeights, tape: Int32Array, options: Int32Array): NativeExecutable;
  step(executable: NativeExecutable, words: Int32Array, numbers: Float64Array): Promise<NativeResult>;
  readBlock(executable: NativeExecutable, group: number, block: number): Promise<Uint8Array>;
  writeBlock(executable: NativeExecutable, group: number, block: number, bytes: Uint8Array): Promise<void>;
  /** [bytes read, int8, f32 and bf16 operations] per second, on all threads together */
  measureLimits(instructionSet: string, threads: number): Promise<Float64Array>;
  disposeWeights(weights: NativeWeights): void;
  disposeExecutable(executable: NativeExecutable): void;
}

// The path is the same from src/ and from dist/; a platform package puts its binary there. QUIRE_NATIVE names another
// build, such as the one that emulates AVX-512.
const PATH =
  process.env.QUIRE_NATIVE || fileURLToPath(new URL('../../../../native/build/quire.node', import.meta.url));

let loaded: Addon | Error | undefined;

/** Returns the addon, or the reason why it cannot be loaded. */
export function loadAddon(): Addon | Error {
  loaded ??= tryLoad();
  return loaded;
}

function tryLoad(): Addon | Error {
  try {
    return createRequire(import.meta.url)(PATH) as Addon;
  } catch (error) {
    if (!existsSync(PATH)) return new Error(`the kernels are not compiled (no ${PATH})`, { cause: error });
    const [message] = String(error instanceof Error ? error.message : error).split('\n', 1);
    return new Error(message, { cause: error });
  }
}
