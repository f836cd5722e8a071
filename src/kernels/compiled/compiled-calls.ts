// The calls of compiled kernels (native/src/checked-calls.h) that the native backend and the WebAssembly backend share.

import type { CompiledResult } from './plan-words.ts';

/** Stores the weights of a model. Indices of types are those of DTYPE_NAMES. */
export interface WeightCalls {
  /** Returns a buffer of at least `bytes` bytes for the argument of `pack`. */
  allocateBuffer(bytes: number): Uint8Array | Promise<Uint8Array>;
  /** Returns the index of the matrix. */
  addMatrix(type: number, rows: number, columns: number): number | Promise<number>;
  /** Decodes `count` elements. Returns the index of the vector. */
  addVector(type: number, bytes: Uint8Array, count: number): number | Promise<number>;
  /**
   * Packs the rows in `bytes` into panels. The first of them is row `row` of the matrix, which must be the first row of a
   * panel. `bytes` must not change until the promise settles.
   */
  pack(matrix: number, bytes: Uint8Array, row: number): Promise<void>;
}

/** Runs the steps of a tape. `Memory` is what a backend needs to use weights. */
export interface ExecutableCalls<Memory> {
  step(words: Int32Array, doubles: Float64Array): Promise<CompiledResult>;
  /**
   * Starts or stops measuring times. Returns the nanoseconds measured since the last call, as [threads][operations of the
   * tape, preparing, waiting].
   */
  profile(isEnabled: boolean): Promise<Float64Array>;
  readBlock(group: number, block: number): Promise<Uint8Array>;
  writeBlock(group: number, block: number, bytes: Uint8Array): Promise<void>;
  /** Sets the adapter of a slot. `words` are those of `adapterWords`. */
  setAdapter(slot: number, weights: Memory, words: Int32Array): void | Promise<void>;
  removeAdapter(slot: number): void | Promise<void>;
  dispose(): void | Promise<void>;
}
