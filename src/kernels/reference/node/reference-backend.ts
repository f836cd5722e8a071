// The reference backend on Node: weights are in shared memory, and each executable is a worker thread.

import { Worker } from 'node:worker_threads';
import type { QuireError } from '../../../base/errors.ts';
import { PACKAGE_ROOT } from '../../../base/node/package-root.ts';
import type { Backend } from '../../backend.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { type ReferenceHost, type ReferenceOptions, referenceOn } from '../reference-backend.ts';
import type { ReferenceCall } from '../reference-calls.ts';
import { type CallRunner, disposedError, failedError } from '../reference-executable.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

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

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: QuireError): void;
}

class WorkerRunner implements CallRunner {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #endError: QuireError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref(); // an idle engine must not prevent the process from exiting
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(failedError(error)));
    worker.on('exit', () => this.#end(failedError(new Error('the worker thread exited'))));
  }

  /** Resolves when the worker has allocated its memory. */
  async ready(): Promise<void> {
    await this.#send({ kind: 'ready' });
  }

  call(call: ReferenceCall): Promise<unknown> {
    return this.#send(call);
  }

  async end(): Promise<void> {
    this.#end(disposedError());
    await this.#worker.terminate();
  }

  #send(call: WorkerRequest['call']): Promise<unknown> {
    if (this.#endError !== undefined) return Promise.reject(this.#endError);
    const request: WorkerRequest = { id: this.#nextId++, call };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      this.#worker.ref(); // a pending call must prevent the process from exiting
      this.#worker.postMessage(request);
    });
  }

  #settle(reply: WorkerReply): void {
    const pendingCall = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply) pendingCall?.reject(failedError(reply.error));
    else pendingCall?.resolve(reply.value);
  }

  #end(reason: QuireError): void {
    this.#endError ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#endError);
    this.#pending.clear();
  }
}
