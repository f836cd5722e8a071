// The interface between the engine and a compute backend. A backend declares what programs are lowered to, stores
// weights, and creates executables; an executable owns KV memory and runs steps off the main thread. `reference`
// defines every operation; other backends are tested against it.

import type { KvDtype, KvLayout } from '../base/model/kv-layout.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { Target } from '../program/lower.ts';
import type { Weight } from '../program/program.ts';
import type { Tape } from '../program/tape.ts';

/**
 * Must be incremented with any change of a kernel that alters a bit of its results: keys and values on disk are valid
 * for one version only. `tests/golden/numerics.test.ts` fails if that is forgotten.
 */
export const NUMERICS_VERSION = 1;

export interface Backend {
  /** reported in results; weights and executables are checked against it */
  readonly name: string;
  readonly target: Target;
  /**
   * what the bits of its results depend on besides the target: an instruction set, the version of a JavaScript engine
   */
  readonly numerics: string;
  /** default dtype of stored keys and values */
  readonly kvDtype: KvDtype;
  /**
   * Stores the tensors that `weights` refer to, each once.
   * @param onProgress bytes stored so far and bytes in total
   */
  loadWeights(
    weights: readonly Weight[],
    source: WeightSource,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<LoadedWeights>;
  createExecutable(request: ExecutableRequest): Promise<Executable>;
}

export interface WeightSource {
  /** size of a stored tensor */
  byteLength(tensor: string): number;
  /** Reads all bytes of a tensor, or those from `from` on, into `target`: whole rows in order. */
  readInto(tensor: string, target: Uint8Array, from?: number): Promise<void>;
}

/** Returns the names of the tensors that `weights` are slices of, each once, and their total stored size. */
export function tensorsOf(
  weights: readonly Weight[],
  source: WeightSource,
): { readonly names: readonly string[]; readonly totalBytes: number } {
  const names = [...new Set(weights.map(({ tensor }) => tensor))];
  return { names, totalBytes: names.reduce((sum, name) => sum + source.byteLength(name), 0) };
}

/** Weights in the backend's format; several executables may share them. */
export interface LoadedWeights {
  readonly backend: string;
  readonly bytes: number;
  /** Frees the memory; the weights must not be used afterwards. */
  dispose(): void;
}

export interface ExecutableRequest {
  readonly tape: Tape;
  readonly weights: LoadedWeights;
  readonly layout: KvLayout;
  /** number of KV blocks for each group of layers */
  readonly blocks: readonly number[];
  /** length of the longest sequence */
  readonly contextLength: number;
}

export interface Executable {
  /**
   * Runs one step. Calls run in order, one at a time. A row from which no token can be chosen does not fail the step:
   * its outcome states the reason, and the other rows are processed normally.
   */
  step(plan: StepPlan): Promise<StepResult>;
  /** Reads one block of a group in the backend's layout, which is valid only for the same backend, layout and model. */
  readBlock(group: number, block: number): Promise<Uint8Array>;
  writeBlock(group: number, block: number, data: Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}
