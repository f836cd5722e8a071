// Limits of one key: requests and tokens per minute, and answers that run at the same time. When several keys share a server,
// no key can fill the queue alone: it gets at most as many slots as it leaves free.

import { QuireError } from '../../../base/errors.ts';
import { parameterError } from '../errors/parameter-error.ts';
import type { KeyLimits } from './api-key.ts';

export interface LimiterOptions {
  readonly limitsOf: (keyId: string) => KeyLimits;
  /** answers that may run or wait on the server; undefined when keys need not share them */
  readonly capacity: () => number | undefined;
  /** milliseconds */
  readonly now?: () => number;
}

/** The slots that a request occupies until it ends. */
export interface Lease {
  /** Counts tokens. Tokens over the limit delay the next requests of the key. */
  spend(tokens: number): void;
  /** May be called more than once. */
  end(): void;
}

/** A limit per minute was exceeded. The next request is accepted after `retrySeconds`. */
export class RateLimitError extends QuireError {
  readonly retrySeconds: number;

  constructor(what: string, retrySeconds: number) {
    super('rate_limit_exceeded', what, `try again in ${retrySeconds} s`);
    this.retrySeconds = retrySeconds;
  }
}

const MINUTE_MS = 60_000;

export class KeyLimiter {
  readonly #options: LimiterOptions;
  readonly #usage = new Map<string, KeyUsage>();
  #active = 0; // answers of all keys

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** Counts a request that computes something. Throws `rate_limit_exceeded`. */
  countRequest(keyId: string): void {
    const { requestsPerMinute: limit } = this.#options.limitsOf(keyId);
    if (limit === undefined) return;
    const { requests } = this.#usageOf(keyId);
    const seconds = requests.secondsUntil(1, limit, this.#now());
    if (seconds > 0) throw new RateLimitError(`this key may send ${limit} requests per minute`, seconds);
    requests.add(1);
  }

  /**
   * Occupies slots for `answers`. Throws `rate_limit_exceeded`, `busy`, or `bad_option` for more answers than the key may
   * ever run at the same time.
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
      throw reservedForOthers(usage.active);
    const count = (change: number): void => {
      usage.active += change;
      this.#active += change;
    };
    count(answers);
    let ended = false;
    return {
      spend: (tokens) => {
        if (tokensPerMinute !== undefined) usage.tokens.add(tokens);
      },
      end: () => {
        if (!ended) count(-answers);
        ended = true;
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

/** Usage leaks out at the rate of the limit, so no client waits for the start of the next minute. */
class LeakyBucket {
  #used = 0;
  #updatedAt = 0;

  /** Returns the whole seconds until `count` more fit, 0 if they fit now. */
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
    const what = `the request needs ${answers} answers, and this key may run ${limit} at the same time`;
    throw parameterError('bad_option', 'n', what, 'lower "n" or send fewer prompts');
  }
  const what = `this key has ${active} running answers of at most ${limit}`;
  throw new QuireError('busy', what, 'wait for one to end');
}

/**
 * Counts the tokens of answers, and ends the lease after the last answer has ended or failed.
 * @param tokens generated tokens of each answer
 */
export function endLeaseAfter(lease: Lease, tokens: readonly Promise<number>[]): void {
  let running = tokens.length;
  const ended = (count: number): void => {
    lease.spend(count);
    if (--running === 0) lease.end();
  };
  for (const promise of tokens) promise.then(ended, () => ended(0)).catch(() => undefined);
}

const reservedForOthers = (active: number): QuireError =>
  new QuireError(
    'busy',
    `this key has ${active} running answers, and the remaining slots are reserved for other keys`,
    'wait for some answers to end',
  );
