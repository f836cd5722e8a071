// The compiled addon and what it offers: native/src/addon.cpp has the other end.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { NativeResult } from '../plan-words.ts';

declare const kind: unique symbol;
export type NativeWeights = { readonly [kind]: 'weights' };
export type NativeExecutable = { readonly [kind]: 'executable' };

export interface Addon {
  /** names, the best first */
  instructionSets(): string[];
  createWeights(instructionSet: string): NativeWeights;
  /** Its index. `type` counts DTYPE_NAMES. */
  addMatrix(weights: NativeWeights, type: number, rows: number, columns: number): number;
  /** Its index; decodes `count` stored numbers. */
  addVector(weights: NativeWeights, type: number, bytes: Uint8Array, count: number): number;
  /**
   * Lays out the rows in `bytes`, the first of which is `row` of the matrix and begins a panel; `bytes` must stay as
   * they are until it settles.
   */
  pack(
    weights: NativeWeights,
    matrix: number,
    bytes: Uint8Array,
    threads: number,
    row: number,
  ): Promise<void>;
  /** `options`: blocks, tokens in a block, longest sequence, threads, KV type by its place in KV_DTYPES */
  createExecutable(weights: NativeWeights, tape: Int32Array, options: Int32Array): NativeExecutable;
  step(executable: NativeExecutable, words: Int32Array, numbers: Float64Array): Promise<NativeResult>;
  readBlock(executable: NativeExecutable, group: number, block: number): Promise<Uint8Array>;
  writeBlock(executable: NativeExecutable, group: number, block: number, bytes: Uint8Array): Promise<void>;
  /** [bytes read, int8 operations, f32 operations] a second, on all threads together */
  measureLimits(instructionSet: string, threads: number): Promise<Float64Array>;
  disposeWeights(weights: NativeWeights): void;
  disposeExecutable(executable: NativeExecutable): void;
}

// The same path from src/ and from dist/; a package for one platform lays its binary there. QUIRE_NATIVE names another
// build, such as the one that emulates AVX-512.
const PATH =
  process.env.QUIRE_NATIVE || fileURLToPath(new URL('../../../../native/build/quire.node', import.meta.url));

let loaded: Addon | Error | undefined;

/** The addon, or why there is none. */
export function loadAddon(): Addon | Error {
  loaded ??= tryLoad();
  return loaded;
}

function tryLoad(): Addon | Error {
  try {
    return createRequire(import.meta.url)(PATH) as Addon;
  } catch (error) {
    if (!existsSync(PATH)) return new Error(`the kernels are not compiled (no ${PATH})`, { cause: error });
    const [said] = String(error instanceof Error ? error.message : error).split('\n', 1);
    return new Error(said, { cause: error });
  }
}
