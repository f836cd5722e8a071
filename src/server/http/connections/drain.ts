// How the server stops: new requests are refused with 503, answers under way may end within a time of grace, and
// what is left is cut with an error that says so. Each answer has a signal, which also fires when its client goes.

import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { CUT_MS } from '../limits.ts';

/** One answer's reasons to end early. */
export interface AnswerSignal {
  readonly signal: AbortSignal;
  cancel(): void;
}

export class Drain {
  readonly #open = new Set<FastifyReply['raw']>();
  readonly #answers = new Set<AbortController>();
  #draining = false;
  /** who waits until no request is open */
  readonly #waiting = new Set<() => void>();

  install(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      if (this.#draining) {
        reply.header('connection', 'close');
        throw stopping();
      }
      if (request.headers.upgrade === undefined) this.#count(reply);
    });
  }

  /** A signal that fires when the client of `reply` has gone, or the server's grace has ended. */
  signalFor(reply: FastifyReply): AnswerSignal {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // one for each of the answers to a request
    this.#answers.add(controller);
    reply.raw.once('close', () => {
      this.#answers.delete(controller);
      controller.abort();
    });
    if (reply.raw.destroyed) controller.abort();
    return { signal: controller.signal, cancel: () => controller.abort() };
  }

  /** Resolves when no request is open, or when all had their time. */
  async finish(graceMs: number): Promise<void> {
    this.#draining = true;
    if (await this.#emptyWithin(graceMs)) return;
    for (const answer of this.#answers) answer.abort(stopping());
    await this.#emptyWithin(CUT_MS);
  }

  #count(reply: FastifyReply): void {
    this.#open.add(reply.raw);
    reply.raw.once('close', () => {
      this.#open.delete(reply.raw);
      if (this.#open.size === 0) for (const emptied of this.#waiting) emptied();
    });
  }

  #emptyWithin(ms: number): Promise<boolean> {
    if (this.#open.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (empty: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(emptied);
        resolve(empty);
      };
      const emptied = (): void => end(true);
      const timer = setTimeout(() => end(false), ms);
      this.#waiting.add(emptied);
    });
  }
}

const stopping = (): QuireError =>
  new QuireError('shutting_down', 'the server is stopping', 'try again when it is back');
