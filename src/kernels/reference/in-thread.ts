// The reference backend in the calling thread, for environments without Node: a web page, or a web worker in which
// the whole engine runs. It yields to the event loop before each call and blocks it while a step is computed.

import { yieldToEventLoop } from '../../base/steps.ts';
import type { Backend } from '../backend.ts';
import { type ReferenceHost, type ReferenceOptions, referenceOn } from './reference-backend.ts';
import { type ReferenceCall, runCall } from './reference-calls.ts';
import { type CallRunner, disposedError, failedError } from './reference-executable.ts';
import { StepState } from './step-state.ts';

/** The definition of every operation, running in the calling thread. Throws `bad_option` and `unknown_option`. */
export function inThreadReference(options: ReferenceOptions = {}): Backend {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent: string } };
  return referenceOn({ ...HOST, numerics: navigator?.userAgent ?? 'unknown' }, options);
}

const HOST: Omit<ReferenceHost, 'numerics'> = {
  allocate: (bytes) => new ArrayBuffer(bytes), // a page has shared memory only with cross-origin isolation
  start: async ({ tape, tensors, layout, blocks, contextLength }) =>
    new InThreadRunner(new StepState(tape, tensors, layout, blocks, contextLength)),
};

class InThreadRunner implements CallRunner {
  #state: StepState | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(state: StepState) {
    this.#state = state;
  }

  call(call: ReferenceCall): Promise<unknown> {
    const answer = this.#last.then(yieldToEventLoop).then(() => this.#run(call));
    this.#last = answer.catch(() => undefined); // the next call runs even if this one fails
    return answer;
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
