// Graceful shutdown: rejects new requests with 503, lets running requests end within a grace period, then ends the remaining
// requests with an error. Fastify's `return503OnClosing` is not used, because it waits without a limit and cannot cancel a
// response. Each response has an abort signal, which also fires when its client disconnects.

import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { shuttingDownError } from '../../../service/shutting-down.ts';
import { ERROR_DELIVERY_MS } from '../limits.ts';

/** Cancels the work for one response. */
export interface ResponseSignal {
  readonly signal: AbortSignal;
  cancel(): void;
}

export class Drain {
  readonly #openResponses = new Set<FastifyReply['raw']>();
  readonly #controllers = new Set<AbortController>();
  #draining = false;
  /** called when no response is open any more */
  readonly #onAllClosed = new Set<() => void>();

  install(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      if (this.#draining) {
        reply.header('connection', 'close');
        throw shuttingDownError();
      }
      if (request.headers.upgrade === undefined) this.#track(reply);
    });
  }

  /** Returns a signal that fires when the client of `reply` disconnects, or when the grace period ends. */
  signalFor(reply: FastifyReply): ResponseSignal {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // every choice of a response adds a listener
    this.#controllers.add(controller);
    reply.raw.once('close', () => {
      this.#controllers.delete(controller);
      controller.abort();
    });
    if (reply.raw.destroyed) controller.abort();
    return { signal: controller.signal, cancel: () => controller.abort() };
  }

  /** Rejects new requests. Resolves when no response is open, or when the grace period and the time to deliver errors are over. */
  async finish(graceMs: number): Promise<void> {
    this.#draining = true;
    if (await this.#allClosedWithin(graceMs)) return;
    for (const controller of this.#controllers) controller.abort(shuttingDownError());
    await this.#allClosedWithin(ERROR_DELIVERY_MS);
  }

  #track(reply: FastifyReply): void {
    this.#openResponses.add(reply.raw);
    reply.raw.once('close', () => {
      this.#openResponses.delete(reply.raw);
      if (this.#openResponses.size === 0) for (const notify of this.#onAllClosed) notify();
    });
  }

  #allClosedWithin(ms: number): Promise<boolean> {
    if (this.#openResponses.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (allClosed: boolean): void => {
        clearTimeout(timer);
        this.#onAllClosed.delete(onAllClosed);
        resolve(allClosed);
      };
      const onAllClosed = (): void => end(true);
      const timer = setTimeout(() => end(false), ms);
      this.#onAllClosed.add(onAllClosed);
    });
  }
}
