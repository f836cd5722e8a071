// Calls to a worker thread, which answers them in order.

import type { Worker } from 'node:worker_threads';
import type { QuireError } from '../errors.ts';

export interface WorkerRequest<Call> {
  readonly id: number;
  readonly call: Call;
}

/** The reply has the id of the request. */
export type WorkerReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error; readonly code?: string };

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A worker without pending calls does not prevent the process from exiting. */
export class WorkerCalls<Call, Failure extends Error = QuireError> {
  readonly #worker: Worker;
  readonly #toError: (error: unknown) => Failure;
  readonly #pending = new Map<number, PendingCall>();
  #nextId = 0;
  #endError: Failure | undefined;

  /** @param toError converts an error of the worker */
  constructor(worker: Worker, toError: (error: unknown) => Failure) {
    this.#worker = worker;
    this.#toError = toError;
    worker.unref();
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(toError(error)));
    worker.on('exit', () => this.#end(toError(new Error('the worker thread exited'))));
  }

  /** Returns the answer of the worker. */
  call(call: Call): Promise<unknown> {
    if (this.#endError !== undefined) return Promise.reject(this.#endError);
    const request: WorkerRequest<Call> = { id: this.#nextId++, call };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      this.#worker.ref(); // a pending call must prevent the process from exiting
      this.#worker.postMessage(request);
    });
  }

  /** Rejects all calls with `reason` and ends the worker. */
  async end(reason: Failure): Promise<void> {
    this.#end(reason);
    await this.#worker.terminate();
  }

  #settle(reply: WorkerReply): void {
    const pendingCall = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply) pendingCall?.reject(this.#toError(errorOf(reply)));
    else pendingCall?.resolve(reply.value);
  }

  #end(reason: Failure): void {
    this.#endError ??= reason;
    for (const { reject } of this.#pending.values()) reject(this.#endError);
    this.#pending.clear();
  }
}

const errorOf = ({ error, code }: Extract<WorkerReply, { error: Error }>): Error =>
  code === undefined ? error : Object.assign(error, { code });
