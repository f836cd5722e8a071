// The reference backend on Node: weights in shared memory, and a worker thread as executable.

import { Worker } from 'node:worker_threads';
import type { QuireError } from '../../../base/errors.ts';
import type { Backend } from '../../backend.ts';
import type { NamedBackend } from '../../named-backend.ts';
import { type ReferenceHost, type ReferenceOptions, referenceOn } from '../reference-backend.ts';
import type { ReferenceCall } from '../reference-calls.ts';
import { type CallRunner, disposedError, failedError } from '../reference-executable.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-messages.ts';

export type { ReferenceOptions } from '../reference-backend.ts';

// Node 20 cannot run TypeScript in a worker: when run from source (tests, tools), the compiled worker is used.
const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../../../dist/kernels/reference/node/worker.js', import.meta.url)
  : new URL('./worker.js', import.meta.url);

/** The definition of every operation, in plain TypeScript. Throws `bad_option` and `unknown_option`. */
export function reference(options: ReferenceOptions = {}): Backend {
  return referenceOn(HOST, options);
}

export const REFERENCE: NamedBackend<ReferenceOptions> = {
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
    // Without the process's own flags: with `node --input-type=module --eval` a worker would not start.
    const runner = new WorkerRunner(new Worker(workerUrl, { workerData: setup, execArgv: [] }));
    await runner.ready();
    return runner;
  },
};

interface Pending {
  resolve(value: unknown): void;
  reject(error: QuireError): void;
}

class WorkerRunner implements CallRunner {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #ended: QuireError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref(); // an idle engine does not keep the process alive
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', (error) => this.#end(failedError(error)));
    worker.on('exit', () => this.#end(failedError(new Error('its thread ended'))));
  }

  /** Settles when the thread has allocated its memory. */
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
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const request: WorkerRequest = { id: this.#nextId++, call };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      this.#worker.ref(); // a running step does
      this.#worker.postMessage(request);
    });
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in answer) pending?.reject(failedError(answer.error));
    else pending?.resolve(answer.value);
  }

  #end(reason: QuireError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}
