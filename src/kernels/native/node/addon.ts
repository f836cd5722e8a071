// The interface of the compiled addon, implemented in native/src/addon.cpp.

import type { CompiledResult } from '../../compiled/plan-words.ts';

declare const kind: unique symbol;
export type NativeWeights = { readonly [kind]: 'weights' };
export type NativeFileLoad = { readonly [kind]: 'file-load' };
export type NativeExecutable = { readonly [kind]: 'executable' };

export interface FileLoadResult {
  readonly samples: Uint8Array;
  /** index of the part that could not be read; absent if all were read */
  readonly failedPart?: number;
  /** the system's number of the error, 0 if the file ends before the end of the part */
  readonly errno?: number;
}

export interface Addon {
  /** Returns the names of the supported instruction sets, the fastest first. */
  instructionSets(): string[];
  createWeights(instructionSet: string): NativeWeights;
  /** Returns the index of the matrix. `type` is an index of DTYPE_NAMES. */
  addMatrix(weights: NativeWeights, type: number, rows: number, columns: number): number;
  /** Decodes `count` elements. Returns the index of the vector. */
  addVector(weights: NativeWeights, type: number, bytes: Uint8Array, count: number): number;
  /**
   * Packs the rows in `bytes` into panels. The first of them is row `row` of the matrix, which must be the first row of a
   * panel. `bytes` must not change until the promise settles.
   */
  pack(
    weights: NativeWeights,
    matrix: number,
    bytes: Uint8Array,
    threads: number,
    row: number,
  ): Promise<void>;
  /** Allocates a vector, which a file load fills. Returns its index. */
  reserveVector(weights: NativeWeights, count: number): number;
  /** @param parts encoded parts of files, of which `file-parts.ts` defines the fields */
  createFileLoad(weights: NativeWeights, parts: Float64Array, sampleBytes: number): NativeFileLoad;
  /**
   * Reads and packs all parts in threads that end afterwards. Copies the descriptors at once, so the originals may be closed
   * earlier. A load runs once.
   */
  runFileLoad(load: NativeFileLoad, descriptors: Int32Array, threads: number): Promise<FileLoadResult>;
  /** Returns the bytes of matrices and vectors that are loaded. */
  loadedBytes(load: NativeFileLoad): number;
  /** Ends `runFileLoad` early. */
  cancelFileLoad(load: NativeFileLoad): void;
  disposeFileLoad(load: NativeFileLoad): void;
  /**
   * @param options tokens per block, maximum context length, number of threads, index in KV_DTYPES, then the number of
   * blocks of each layer group
   */
  createExecutable(weights: NativeWeights, tape: Int32Array, options: Int32Array): NativeExecutable;
  /** Sets the adapter of a slot for later steps. `words` are those of `adapterWords`. */
  setAdapter(executable: NativeExecutable, slot: number, weights: NativeWeights, words: Int32Array): void;
  removeAdapter(executable: NativeExecutable, slot: number): void;
  step(executable: NativeExecutable, words: Int32Array, doubles: Float64Array): Promise<CompiledResult>;
  /**
   * Starts or stops measuring times. Returns the nanoseconds measured since the last call, as [threads][operations of the
   * tape, preparing, waiting].
   */
  profile(executable: NativeExecutable, isEnabled: number): Promise<Float64Array>;
  readBlock(executable: NativeExecutable, group: number, block: number): Promise<Uint8Array>;
  writeBlock(executable: NativeExecutable, group: number, block: number, bytes: Uint8Array): Promise<void>;
  /** Returns the bytes read and the int8, f32 and bf16 operations per second, of all threads together. */
  measureLimits(instructionSet: string, threads: number): Promise<Float64Array>;
  disposeWeights(weights: NativeWeights): void;
  disposeExecutable(executable: NativeExecutable): void;
}

// The compiler reports a function of the interface that is missing here.
const FUNCTIONS: Readonly<Record<keyof Addon, true>> = {
  addMatrix: true,
  addVector: true,
  cancelFileLoad: true,
  createExecutable: true,
  createFileLoad: true,
  createWeights: true,
  disposeExecutable: true,
  disposeFileLoad: true,
  disposeWeights: true,
  instructionSets: true,
  loadedBytes: true,
  measureLimits: true,
  pack: true,
  profile: true,
  readBlock: true,
  removeAdapter: true,
  reserveVector: true,
  runFileLoad: true,
  setAdapter: true,
  step: true,
  writeBlock: true,
};

/** Whether a loaded module contains the kernels of this version. */
export function isAddon(loaded: unknown): loaded is Addon {
  const functions = Object(loaded) as Readonly<Record<string, unknown>>;
  return Object.keys(FUNCTIONS).every((name) => typeof functions[name] === 'function');
}
