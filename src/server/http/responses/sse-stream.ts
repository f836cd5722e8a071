// Server-sent events to one reader. A reader that is slow is waited for, so that what it has not read does not pile
// up here (the engine does not wait: its answers end in their own queues); one that takes nothing for a time is
// dropped. A comment now and then keeps proxies from closing a stream that computes a long prompt.

import { PassThrough } from 'node:stream';
import { QuireError } from '../../../base/errors.ts';

export interface SseTimes {
  readonly pingMs: number;
  readonly slowReaderMs: number;
}

const PENDING_LIMIT_BYTES = 64 * 1024;

export class SseStream {
  /** what goes to the client */
  readonly body = new PassThrough({ highWaterMark: PENDING_LIMIT_BYTES });
  readonly #slowReaderMs: number;
  readonly #ping: NodeJS.Timeout;
  #drained: Promise<void> | undefined;

  constructor({ pingMs, slowReaderMs }: SseTimes) {
    this.#slowReaderMs = slowReaderMs;
    this.#ping = setInterval(() => {
      if (this.#drained === undefined) this.body.write(': ping\n\n');
    }, pingMs);
    this.#ping.unref();
    this.body.on('close', () => clearInterval(this.#ping));
    this.body.on('error', () => {}); // a dropped reader shows as the end of its connection
  }

  /** Sends one event; resolves when the next may be sent. Does nothing once the reader has gone. */
  async send(data: object | '[DONE]'): Promise<void> {
    if (this.body.destroyed || this.body.writableEnded) return;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#ping.refresh();
    if (!this.body.write(`data: ${text}\n\n`)) await this.#whenDrained();
  }

  end(): void {
    clearInterval(this.#ping);
    this.body.end();
  }

  // Many answers may share a stream, and all wait for one reader.
  #whenDrained(): Promise<void> {
    this.#drained ??= new Promise((resolve) => {
      const drop = setTimeout(() => this.body.destroy(tooSlow(this.#slowReaderMs)), this.#slowReaderMs);
      const done = (): void => {
        clearTimeout(drop);
        this.body.off('drain', done).off('close', done);
        this.#drained = undefined;
        resolve();
      };
      this.body.once('drain', done).once('close', done);
    });
    return this.#drained;
  }
}

const tooSlow = (ms: number): QuireError =>
  new QuireError('busy', `the client has read nothing for ${ms} ms`, 'read faster, or ask for less');
