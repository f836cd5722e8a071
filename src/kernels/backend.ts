// The interface between the engine and a compute backend. A backend declares the arithmetic to which programs are lowered,
// stores weights, and creates executables. An executable owns the KV blocks and runs steps outside of the main thread. The
// backend `reference` defines every operation; other backends are tested against it.

import type { KvDtype, KvLayout } from '../base/model/kv-layout.ts';
import type { FileRange } from '../base/model/model-file.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { LoraMatrices } from '../program/lora.ts';
import type { Target } from '../program/lower.ts';
import type { Weight } from '../program/program.ts';
import type { Tape } from '../program/tape.ts';

/**
 * Must be incremented when a change of a kernel changes a bit of its results: keys and values on disk are valid only for one
 * version. `tests/golden/numerics.test.ts` fails if results change and the version does not.
 */
export const NUMERICS_VERSION = 2;

export interface Backend {
  /** reported in results, and compared with the backend of the weights */
  readonly name: string;
  readonly target: Target;
  /** what else the bits of the results depend on: an instruction set, or the version of a JavaScript engine */
  readonly numerics: string;
  /** default dtype of stored keys and values */
  readonly kvDtype: KvDtype;
  /** the most bytes that weights, keys, values and the values of a step may have together; absent if only memory limits them */
  readonly memoryBytes?: number;
  /**
   * Stores the tensors to which `weights` refer. A tensor to which several weights refer is stored once.
   * @param onProgress bytes stored so far and bytes in total
   * @param signal stops loading; the promise rejects with its reason after the memory was freed
   */
  loadWeights(
    weights: readonly Weight[],
    source: WeightSource,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
    signal?: AbortSignal,
  ): Promise<LoadedWeights>;
  /**
   * Stores the matrices of an adapter for executables that use `model`, the weights of its model. All are float matrices. Otherwise
   * like `loadWeights`.
   */
  loadAdapter(model: LoadedWeights, weights: readonly Weight[], source: WeightSource): Promise<LoadedWeights>;
  createExecutable(request: ExecutableRequest): Promise<Executable>;
}

export interface WeightSource {
  /** size of a tensor in the file */
  byteLength(tensor: string): number;
  /** Fills `target` with the bytes of a tensor from byte `from` on, by default 0. Tensors are read in order, in whole rows. */
  readInto(tensor: string, target: Uint8Array, from?: number): Promise<void>;
  /** absent if the weights are not in files */
  readonly files?: WeightFiles;
}

/** Files with weights, which a backend may read without `readInto`. It must read either all tensors in this way or none. */
export interface WeightFiles {
  /** Returns where a tensor is stored; undefined if it must be read with `readInto`. */
  rangeOf(tensor: string): FileRange | undefined;
  /** Returns the ranges of a tensor that `addSamples` needs, in order, in bytes from the start of the tensor. */
  samplesOf(tensor: string): readonly ByteRange[];
  /** Must be called with the bytes of these ranges, for each tensor in the order of `tensorsOf`, after all were read. */
  addSamples(tensor: string, bytes: Uint8Array): void;
}

export interface ByteRange {
  readonly from: number;
  readonly bytes: number;
}

/** Returns the names of the tensors that contain `weights`, without duplicates, and the total size of these tensors. */
export function tensorsOf(
  weights: readonly Weight[],
  source: WeightSource,
): { readonly names: readonly string[]; readonly totalBytes: number } {
  const names = [...new Set(weights.map(({ tensor }) => tensor))];
  return { names, totalBytes: names.reduce((sum, name) => sum + source.byteLength(name), 0) };
}

/** Weights in the format of a backend. Several executables can use the same weights. */
export interface LoadedWeights {
  readonly backend: string;
  readonly bytes: number;
  /** Frees the memory; the weights must not be used afterwards. */
  dispose(): void;
}

export interface ExecutableRequest {
  /** the compiled list of operations */
  readonly tape: Tape;
  /** weights that this backend has loaded */
  readonly weights: LoadedWeights;
  /** sizes and types of a block of keys and values */
  readonly layout: KvLayout;
  /** number of KV blocks of each layer group */
  readonly blocks: readonly number[];
  /** length of the longest sequence */
  readonly contextLength: number;
}

/** A LoRA adapter in the memory of a backend. */
export interface Adapter {
  /** from `loadAdapter`, for the weights of the executable; not disposed before the slot is set anew and no step uses it */
  readonly weights: LoadedWeights;
  readonly matrices: readonly LoraMatrices[];
}

export interface Executable {
  /**
   * Runs one step. Steps run one at a time, in the order of the calls. If no token can be chosen from a row of logits, the
   * step does not fail: the outcome of this row states the reason.
   */
  step(plan: StepPlan): Promise<StepResult>;
  /** Returns the bytes of a block of a layer group; they are valid only for the same backend, layout and model. */
  readBlock(group: number, block: number): Promise<Uint8Array>;
  writeBlock(group: number, block: number, data: Uint8Array): Promise<void>;
  /**
   * Sets the adapter to which later plans refer by `slot`, from 0 to 4,095, or removes it. Rejects with `bad_argument` if a matrix does
   * not fit its target.
   */
  setAdapter(slot: number, adapter: Adapter | undefined): Promise<void>;
  /**
   * Starts or stops measuring the time of each operation. Returns the times measured since the last call. A backend that
   * cannot measure them does not have this method.
   */
  measureTimes?(isEnabled: boolean): Promise<readonly ThreadTimes[]>;
  dispose(): Promise<void>;
}

/** The time of one thread of an executable, in milliseconds. The parts add up to the duration of the steps. */
export interface ThreadTimes {
  /** by index of the operation in the tape */
  readonly operationMs: Float64Array;
  /** before the first operation: copies of blocks and rotary angles */
  readonly preparingMs: number;
  /** time in which it has nothing to execute */
  readonly waitingMs: number;
}
