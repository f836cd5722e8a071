// Weights that compiled kernels have stored.

import type { Weight } from '../../program/program.ts';
import type { LoadedWeights } from '../backend.ts';
import type { WeightHandle } from './tape-words.ts';
import { weightKey } from './weight-loader.ts';

/** `Memory` is what a backend needs to use the weights. */
export class CompiledWeights<Memory> implements LoadedWeights {
  readonly backend: string;
  readonly bytes: number;
  readonly memory: Memory;
  readonly #handles: ReadonlyMap<string, WeightHandle>;
  readonly #free: () => void;

  /**
   * @param handles by `weightKey`
   * @param free frees the memory
   */
  constructor(
    { backend, bytes, memory }: { backend: string; bytes: number; memory: Memory },
    handles: ReadonlyMap<string, WeightHandle>,
    free: () => void,
  ) {
    this.backend = backend;
    this.bytes = bytes;
    this.memory = memory;
    this.#handles = handles;
    this.#free = free;
  }

  /** Returns the handle of each weight of a program. */
  handlesFor(weights: readonly Weight[]): WeightHandle[] {
    return weights.map((weight) => this.#handles.get(weightKey(weight))!);
  }

  dispose(): void {
    this.#free();
  }
}
