// The reference backend in the calling thread, for environments without Node: a web page, or a web worker that runs the
// entire engine. It yields to the event loop before each call, and blocks the event loop during a step.

import { yieldToEventLoop } from '../../base/steps.ts';
import type { Backend } from '../backend.ts';
import { type ReferenceHost, type ReferenceOptions, referenceOn } from './reference-backend.ts';
import { type ReferenceCall, runCall } from './reference-calls.ts';
import { type CallRunner, disposedError, failedError } from './reference-executable.ts';
import { StepState } from './step-state.ts';

/** Creates the reference backend in the calling thread. Throws `bad_option` and `unknown_option`. */
export function inThreadReference(options: ReferenceOptions = {}): Backend {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent: string } };
  return referenceOn({ ...HOST, numerics: navigator?.userAgent ?? 'unknown' }, options);
}

const HOST: Omit<ReferenceHost, 'numerics'> = {
  allocate: (bytes) => new ArrayBuffer(bytes), // pages can use shared memory only with cross-origin isolation
  start: async ({ tape, tensors, layout, blocks, contextLength }) =>
    new InThreadRunner(new StepState(tape, tensors, layout, blocks, contextLength)),
};

class InThreadRunner implements CallRunner {
  #state: StepState | undefined;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(state: StepState) {
    this.#state = state;
  }

  call(call: ReferenceCall): Promise<unknown> {
    const result = this.#lastCall.then(yieldToEventLoop).then(() => this.#run(call));
    this.#lastCall = result.catch(() => undefined); // the next call runs even if this call fails
    return result;
  }

  async end(): Promise<void> {
    this.#state = undefined;
  }

  #run(call: ReferenceCall): unknown {
    if (this.#state === undefined) throw disposedError();
    try {
      return runCall(this.#state, call);
    } catch (error) {
      throw failedError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
