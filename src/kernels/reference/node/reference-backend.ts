// The reference backend on Node: weights are in shared memory, and each executable is a worker thread.

import { Worker } from 'node:worker_threads';
import { PACKAGE_ROOT } from '../../../base/node/package-root.ts';
import { WorkerCalls } from '../../../base/node/worker-calls.ts';
import type { Backend } from '../../backend.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { type ReferenceHost, type ReferenceOptions, referenceOn } from '../reference-backend.ts';
import type { ReferenceCall } from '../reference-calls.ts';
import { type CallRunner, disposedError, failedError } from '../reference-executable.ts';
import type { ReferenceWorkerCall } from './worker.ts';

export type { ReferenceOptions } from '../reference-backend.ts';

// Node 20 cannot run TypeScript in a worker, so tests and tools that run from source use the compiled worker.
const workerUrl = new URL('dist/kernels/reference/node/worker.js', PACKAGE_ROOT);

/** Creates the reference backend, which defines every operation in TypeScript. Throws `bad_option` and `unknown_option`. */
export function reference(options: ReferenceOptions = {}): Backend {
  return referenceOn(HOST, options);
}

export const REFERENCE_BACKEND: NamedBackend<ReferenceOptions> = {
  create: reference,
  options: ['activations'],
  limits: 'the reference backend has one thread and no instruction sets',
  kvDtype: 'f32',
  unavailable: () => undefined,
};

const HOST: ReferenceHost = {
  numerics: `V8 ${process.versions.v8}`,
  allocate: (bytes) => new SharedArrayBuffer(bytes),
  start: async (setup) => {
    // The worker does not inherit the flags of the process: it would not start with `node --input-type=module --eval`.
    const runner = new WorkerRunner(new Worker(workerUrl, { workerData: setup, execArgv: [] }));
    await runner.ready();
    return runner;
  },
};

class WorkerRunner implements CallRunner {
  readonly #calls: WorkerCalls<ReferenceWorkerCall>;

  constructor(worker: Worker) {
    this.#calls = new WorkerCalls(worker, (error) =>
      failedError(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Resolves when the worker has allocated its memory. */
  async ready(): Promise<void> {
    await this.#calls.call({ kind: 'ready' });
  }

  call(call: ReferenceCall): Promise<unknown> {
    return this.#calls.call(call);
  }

  end(): Promise<void> {
    return this.#calls.end(disposedError());
  }
}
