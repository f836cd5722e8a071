// Retries after transient failures: a lost connection, a server that is busy or sends nothing. Callers of src/hub never
// receive a `TransientFailure`: after the last attempt, `Retries` throws `hub_unavailable` instead.

import { setTimeout as sleep } from 'node:timers/promises';
import { abortError, QuireError } from '../../base/errors.ts';
import { type RetryTiming, retryDelayMs } from '../retry-delay.ts';

export class TransientFailure extends Error {
  /** the header `Retry-After` */
  readonly retryAfter: string | undefined;

  constructor(message: string, options: ErrorOptions & { retryAfter?: string | undefined } = {}) {
    super(message, options);
    this.name = 'TransientFailure';
    this.retryAfter = options.retryAfter;
  }
}

/** Counts consecutive failures and waits before each retry. */
export class Retries {
  readonly #timing: RetryTiming;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;

  constructor(timing: RetryTiming, signal: AbortSignal | undefined) {
    this.#timing = timing;
    this.#signal = signal;
  }

  /** Resets the number of failures. The caller calls it after progress. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Waits before the next attempt. Rejects with `error` if it is not transient, with `hub_unavailable` after the last
   * attempt.
   */
  async pause(error: unknown): Promise<void> {
    if (!(error instanceof TransientFailure)) throw error;
    this.#failures++;
    const delayMs = retryDelayMs(this.#failures, error.retryAfter, this.#timing, Date.now());
    if (delayMs === undefined) throw this.#unavailable(error);
    try {
      await sleep(delayMs, undefined, this.#signal === undefined ? {} : { signal: this.#signal });
    } catch {
      throw abortError(this.#signal);
    }
  }

  #unavailable(error: TransientFailure): QuireError {
    const attempts = this.#failures === 1 ? 'one attempt' : `${this.#failures} attempts`;
    const retryAfter =
      error.retryAfter === undefined ? '' : `, Retry-After ${JSON.stringify(error.retryAfter)}`;
    return new QuireError(
      'hub_unavailable',
      `${error.message}${retryAfter} (after ${attempts})`,
      'check the network, or set HF_ENDPOINT to a mirror; the same command resumes the download',
      { cause: error },
    );
  }
}

/** Runs `work`, and runs it again after each transient failure. */
export async function withRetries<T>(retries: Retries, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await retries.pause(error);
    }
  }
}
