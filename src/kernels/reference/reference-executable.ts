// An executable of the reference backend, whose calls run in the calling thread or in a worker.

import { QuireError } from '../../base/errors.ts';
import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';
import type { Adapter, Executable } from '../backend.ts';
import type { ReferenceCall } from './reference-calls.ts';
import { ReferenceWeights } from './weights.ts';

/** Runs calls one at a time, in order, with `runCall`. */
export interface CallRunner {
  /** Rejects with `backend_failed`, or with `disposed` after `end`. */
  call(call: ReferenceCall): Promise<unknown>;
  /** Ends the runner and rejects pending calls. */
  end(): Promise<void>;
}

export class ReferenceExecutable implements Executable {
  readonly #runner: CallRunner;

  constructor(runner: CallRunner) {
    this.#runner = runner;
  }

  step(plan: StepPlan): Promise<StepResult> {
    return this.#runner.call({ kind: 'step', plan }) as Promise<StepResult>;
  }

  readBlock(group: number, block: number): Promise<Uint8Array> {
    return this.#runner.call({ kind: 'readBlock', group, block }) as Promise<Uint8Array>;
  }

  async writeBlock(group: number, block: number, data: Uint8Array): Promise<void> {
    await this.#runner.call({ kind: 'writeBlock', group, block, data });
  }

  async setAdapter(slot: number, adapter: Adapter | undefined): Promise<void> {
    const stored = adapter && {
      matrices: adapter.matrices,
      tensors: ReferenceWeights.of(adapter.weights).tensors,
    };
    await this.#runner.call({ kind: 'setAdapter', slot, adapter: stored });
  }

  dispose(): Promise<void> {
    return this.#runner.end();
  }
}

export const disposedError = (): QuireError =>
  new QuireError('disposed', 'the engine was disposed', 'load it again');

export const failedError = (cause: Error): QuireError =>
  new QuireError('backend_failed', 'the reference backend failed', 'load the engine again', {
    cause,
    detail: cause.message,
  });
