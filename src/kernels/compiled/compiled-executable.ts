// An executable of compiled kernels.

import { KV_DTYPES } from '../../base/model/kv-layout.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';
import type { Adapter, Executable, ExecutableRequest, LoadedWeights, ThreadTimes } from '../backend.ts';
import type { ExecutableCalls } from './compiled-calls.ts';
import { compiledError } from './compiled-error.ts';
import type { CompiledWeights } from './compiled-weights.ts';
import { planWords, stepResult } from './plan-words.ts';
import { adapterWords } from './tape-words.ts';

/** Returns the values of `createExecutable`: see ExecutableValues in native/src/checked-calls.h. */
export function executableValues(
  { layout, blocks, contextLength }: ExecutableRequest,
  threads: number,
): Int32Array {
  return Int32Array.of(layout.blockSize, contextLength, threads, KV_DTYPES.indexOf(layout.dtype), ...blocks);
}

export class CompiledExecutable<Memory> implements Executable {
  readonly #calls: ExecutableCalls<Memory>;
  readonly #threads: number;
  readonly #backend: string;
  readonly #compiledWeights: (weights: LoadedWeights) => CompiledWeights<Memory>;

  /**
   * @param compiledWeights throws a TypeError if another backend has loaded the weights
   * @param backend name of the backend, for error messages
   */
  constructor(
    calls: ExecutableCalls<Memory>,
    compiledWeights: (weights: LoadedWeights) => CompiledWeights<Memory>,
    threads: number,
    backend: string,
  ) {
    this.#calls = calls;
    this.#compiledWeights = compiledWeights;
    this.#threads = threads;
    this.#backend = backend;
  }

  async step(plan: StepPlan): Promise<StepResult> {
    const { words, doubles } = planWords(plan);
    try {
      return stepResult(plan, await this.#calls.step(words, doubles));
    } catch (error) {
      throw compiledError(error, this.#backend);
    }
  }

  async measureTimes(isEnabled: boolean): Promise<readonly ThreadTimes[]> {
    const nanoseconds = await this.#calls.profile(isEnabled);
    const length = nanoseconds.length / this.#threads;
    return Array.from({ length: this.#threads }, (_, thread) => {
      const times = nanoseconds.slice(thread * length, (thread + 1) * length).map((time) => time / 1e6);
      const [preparingMs = 0, waitingMs = 0] = times.subarray(length - 2);
      return { operationMs: times.subarray(0, length - 2), preparingMs, waitingMs };
    });
  }

  readBlock(group: number, block: number): Promise<Uint8Array> {
    return this.#calls.readBlock(group, block);
  }

  async writeBlock(group: number, block: number, data: Uint8Array): Promise<void> {
    await this.#calls.writeBlock(group, block, data);
  }

  async setAdapter(slot: number, adapter: Adapter | undefined): Promise<void> {
    if (adapter === undefined) return this.#calls.removeAdapter(slot);
    const weights = this.#compiledWeights(adapter.weights);
    const words = adapterWords(adapter.matrices, (matrices) => weights.handlesFor(matrices));
    try {
      await this.#calls.setAdapter(slot, weights.memory, words);
    } catch (error) {
      throw compiledError(error, this.#backend);
    }
  }

  async dispose(): Promise<void> {
    try {
      await this.#calls.dispose();
    } catch {
      // the executable was already disposed
    }
  }
}
