// Enforces the limits of each key: requests and tokens per minute, and answers that run at the same time. When several keys
// share a server, no key can fill the queue: a request is rejected if its key would then occupy more slots than are free
// before the request.

import { QuireError } from '../../../base/errors.ts';
import { parameterError } from '../errors/parameter-error.ts';
import type { KeyLimits } from './api-key.ts';

export interface LimiterOptions {
  readonly limitsOf: (keyId: string) => KeyLimits;
  /** number of answers that may run or wait on the server; undefined if the keys need not share the slots */
  readonly capacity: () => number | undefined;
  /** clock in milliseconds; `performance.now` by default */
  readonly now?: () => number;
}

/** The slots that a request occupies until it ends. */
export interface Lease {
  /** Counts tokens. Tokens over the limit delay the next requests of the key. */
  spend(tokens: number): void;
  /** May be called more than once. */
  end(): void;
}

/** The error for an exceeded limit per minute. The next request is accepted after `retrySeconds`. */
export class RateLimitError extends QuireError {
  readonly retrySeconds: number;

  constructor(message: string, retrySeconds: number) {
    super('rate_limit_exceeded', message, `try again in ${retrySeconds} s`);
    this.retrySeconds = retrySeconds;
  }
}

const MINUTE_MS = 60_000;

export class KeyLimiter {
  readonly #options: LimiterOptions;
  readonly #usage = new Map<string, KeyUsage>();
  #active = 0; // answers of all keys that run or wait

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** Counts a request against `requestsPerMinute`. Throws `rate_limit_exceeded`. */
  countRequest(keyId: string): void {
    const { requestsPerMinute: limit } = this.#options.limitsOf(keyId);
    if (limit === undefined) return;
    const { requests } = this.#usageOf(keyId);
    const seconds = requests.secondsUntil(1, limit, this.#now());
    if (seconds > 0) throw new RateLimitError(`this key may send ${limit} requests per minute`, seconds);
    requests.add(1);
  }

  /**
   * Occupies a slot for each of `answers`. Throws `rate_limit_exceeded`, `busy`, or `bad_option` if the key may never run so many
   * answers at the same time.
   */
  acquire(keyId: string, answers: number): Lease {
    const usage = this.#usageOf(keyId);
    const { tokensPerMinute, parallel } = this.#options.limitsOf(keyId);
    if (tokensPerMinute !== undefined) {
      const seconds = usage.tokens.secondsUntil(1, tokensPerMinute, this.#now());
      if (seconds > 0)
        throw new RateLimitError(`this key may use ${tokensPerMinute} tokens per minute`, seconds);
    }
    checkParallel(usage.active, answers, parallel);
    const capacity = this.#options.capacity();
    if (capacity !== undefined && usage.active + answers > capacity - this.#active)
      throw slotsReservedError(usage.active);
    const addActive = (change: number): void => {
      usage.active += change;
      this.#active += change;
    };
    addActive(answers);
    let hasEnded = false;
    return {
      spend: (tokens) => {
        if (tokensPerMinute !== undefined) usage.tokens.add(tokens);
      },
      end: () => {
        if (!hasEnded) addActive(-answers);
        hasEnded = true;
      },
    };
  }

  #usageOf(keyId: string): KeyUsage {
    const usage = this.#usage.get(keyId) ?? {
      requests: new LeakyBucket(),
      tokens: new LeakyBucket(),
      active: 0,
    };
    this.#usage.set(keyId, usage);
    return usage;
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}

interface KeyUsage {
  readonly requests: LeakyBucket;
  readonly tokens: LeakyBucket;
  /** answers that run or wait */
  active: number;
}

/** Counts recent usage (leaky bucket). It decreases at the rate of the limit, so clients need not wait for the next full minute. */
class LeakyBucket {
  #used = 0;
  #updatedAt = 0;

  /** Returns the seconds, rounded up, until `count` more units are within the limit; 0 if they are now. */
  secondsUntil(count: number, perMinute: number, now: number): number {
    const leaked = ((now - this.#updatedAt) * perMinute) / MINUTE_MS;
    this.#used = Math.max(0, this.#used - leaked);
    this.#updatedAt = now;
    const excess = this.#used + count - perMinute;
    return excess <= 0 ? 0 : Math.ceil((excess * 60) / perMinute);
  }

  add(count: number): void {
    this.#used += count;
  }
}

function checkParallel(active: number, answers: number, limit: number | undefined): void {
  if (limit === undefined || active + answers <= limit) return;
  if (answers > limit) {
    const message = `the request needs ${answers} answers, and this key may run ${limit} at the same time`;
    throw parameterError('bad_option', 'n', message, 'lower "n" or send fewer prompts');
  }
  const message = `this key has ${active} running answers of at most ${limit}`;
  throw new QuireError('busy', message, 'wait for an answer to end');
}

/**
 * Counts the tokens of each answer when it ends, and ends the lease after the last answer has ended or failed.
 * @param tokens resolves to the number of tokens of each answer
 */
export function endLeaseAfter(lease: Lease, tokens: readonly Promise<number>[]): void {
  let running = tokens.length;
  const onEnd = (count: number): void => {
    lease.spend(count);
    if (--running === 0) lease.end();
  };
  for (const promise of tokens) promise.then(onEnd, () => onEnd(0)).catch(() => undefined);
}

const slotsReservedError = (active: number): QuireError =>
  new QuireError(
    'busy',
    `this key has ${active} running answers, and the remaining slots are reserved for other keys`,
    'wait for some answers to end',
  );
