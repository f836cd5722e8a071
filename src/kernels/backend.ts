// The contract between the engine and whatever does the arithmetic. A backend says what it wants programs
// lowered to, stores weights, and makes executables; an executable owns KV memory and steps off the main
// thread. `reference` is the definition of every operation; other backends are judged against it.

import type { KvDtype, KvLayout } from '../base/model/kv-layout.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { Target } from '../program/lower.ts';
import type { Weight } from '../program/program.ts';
import type { Tape } from '../program/tape.ts';

/**
 * Raised with any change of a kernel that alters a bit of what it computes: keys and values on disk are good under
 * the same number only. `tests/golden/numerics.test.ts` fails when that is forgotten.
 */
export const NUMERICS_VERSION = 1;

export interface Backend {
  /** told in results, and what weights and executables are checked by */
  readonly name: string;
  readonly target: Target;
  /** what its results' bits depend on beside the target: an instruction set, an engine's version */
  readonly numerics: string;
  /** what keys and values are stored as where nothing else is asked for */
  readonly kvDtype: KvDtype;
  /**
   * Stores the tensors that `weights` name, each once. `read` fills its target with a tensor's stored bytes.
   * @param onProgress bytes stored so far and bytes in all
   */
  loadWeights(
    weights: readonly Weight[],
    source: WeightSource,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<LoadedWeights>;
  createExecutable(request: ExecutableRequest): Promise<Executable>;
}

export interface WeightSource {
  /** stored bytes of a tensor */
  byteLength(tensor: string): number;
  /** All of a tensor's bytes, or those from `from` on: whole rows, the first ones first. */
  readInto(tensor: string, target: Uint8Array, from?: number): Promise<void>;
}

/** The tensors that `weights` are slices of, each once, and their stored bytes together. */
export function tensorsOf(
  weights: readonly Weight[],
  source: WeightSource,
): { readonly names: readonly string[]; readonly totalBytes: number } {
  const names = [...new Set(weights.map(({ tensor }) => tensor))];
  return { names, totalBytes: names.reduce((sum, name) => sum + source.byteLength(name), 0) };
}

/** Weights in a backend's own form; several executables may share them. */
export interface LoadedWeights {
  readonly backend: string;
  readonly bytes: number;
  /** Gives the memory back; nothing may use the weights afterwards. */
  dispose(): void;
}

export interface ExecutableRequest {
  readonly tape: Tape;
  readonly weights: LoadedWeights;
  readonly layout: KvLayout;
  /** blocks of KV memory of each group of layers */
  readonly blocks: readonly number[];
  /** longest sequence */
  readonly contextLength: number;
}

export interface Executable {
  /**
   * Runs one step. Calls run in order, one at a time. A row from which no token can be chosen does not fail the
   * step: its outcome says why, and the other rows are chosen as ever.
   */
  step(plan: StepPlan): Promise<StepResult>;
  /** One block of a group as the backend lays it out: good for this backend, layout and model alone. */
  readBlock(group: number, block: number): Promise<Uint8Array>;
  writeBlock(group: number, block: number, data: Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}
