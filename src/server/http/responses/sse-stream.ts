// Sends server-sent events to one client. `send` waits for a slow client, so that unread events do not accumulate here. The
// engine does not wait: generated text stays in a queue of the engine. A client that does not read for some time is disconnected.
// Periodic comments prevent proxies from closing the stream during a long prefill. SSE plugins have neither of these features.

import { PassThrough } from 'node:stream';
import { QuireError } from '../../../base/errors.ts';

export interface SseTimeouts {
  readonly pingMs: number;
  readonly slowReaderMs: number;
}

const PENDING_LIMIT_BYTES = 64 * 1024;

export class SseStream {
  /** the response body */
  readonly body = new PassThrough({ highWaterMark: PENDING_LIMIT_BYTES });
  readonly #slowReaderMs: number;
  readonly #ping: NodeJS.Timeout;
  /** resolves when the client has read enough; undefined while `send` need not wait */
  #drained: Promise<void> | undefined;

  constructor({ pingMs, slowReaderMs }: SseTimeouts) {
    this.#slowReaderMs = slowReaderMs;
    this.#ping = setInterval(() => {
      if (this.#drained === undefined) this.body.write(': ping\n\n');
    }, pingMs);
    this.#ping.unref();
    this.body.on('close', () => clearInterval(this.#ping));
    this.body.on('error', () => {}); // Fastify closes the connection
  }

  /** Sends one event; resolves when the next event may be sent. Does nothing after the client has disconnected. */
  async send(data: object | '[DONE]'): Promise<void> {
    if (this.body.destroyed || this.body.writableEnded) return;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#ping.refresh();
    if (!this.body.write(`data: ${text}\n\n`)) await this.#waitForClient();
  }

  end(): void {
    clearInterval(this.#ping);
    this.body.end();
  }

  // The choices of a response share one stream, so all of them wait for the same promise.
  #waitForClient(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      const timer = setTimeout(
        () => this.body.destroy(readTimeoutError(this.#slowReaderMs)),
        this.#slowReaderMs,
      );
      const done = (): void => {
        clearTimeout(timer);
        this.body.off('drain', done).off('close', done);
        this.#drained = undefined;
        resolve();
      };
      this.body.once('drain', done).once('close', done);
    });
    return this.#drained;
  }
}

const readTimeoutError = (ms: number): QuireError =>
  new QuireError('busy', `the client did not read for ${ms} ms`, 'read faster, or request fewer tokens');
