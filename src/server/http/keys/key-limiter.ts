// How much one key may do: requests and tokens a minute, and answers under way at once. Where there are several keys, none
// may take the places of all: it gets as many as it leaves.

import { QuireError } from '../../../base/errors.ts';
import { parameterError } from '../errors/parameter-error.ts';
import type { KeyLimits } from './api-key.ts';

export interface LimiterOptions {
  readonly limitsOf: (keyId: string) => KeyLimits;
  /** places for answers, those in the queue included; undefined where keys need not share them */
  readonly places: () => number | undefined;
  /** milliseconds */
  readonly now?: () => number;
}

/** The places that a request takes, until it ends. */
export interface Lease {
  /** Counts tokens; what is over the limit is a debt of the requests after this one. */
  spend(tokens: number): void;
  /** May be called more than once. */
  end(): void;
}

/** Too much in a minute. `retrySeconds` is when the next request is let in. */
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
  readonly #use = new Map<string, KeyUse>();
  #underWay = 0; // of all keys

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** A request that computes something. Raises `rate_limit_exceeded`. */
  request(keyId: string): void {
    const { requestsPerMinute: most } = this.#options.limitsOf(keyId);
    if (most === undefined) return;
    const { requests } = this.#of(keyId);
    const seconds = requests.waitFor(1, most, this.#now());
    if (seconds > 0) throw new RateLimitError(`this key may send ${most} requests a minute`, seconds);
    requests.add(1);
  }

  /** A request for `answers`. Raises `rate_limit_exceeded`, `busy`, or `bad_option` for more than it may ever have. */
  begin(keyId: string, answers: number): Lease {
    const use = this.#of(keyId);
    const { tokensPerMinute, parallel } = this.#options.limitsOf(keyId);
    if (tokensPerMinute !== undefined) {
      const seconds = use.tokens.waitFor(1, tokensPerMinute, this.#now());
      if (seconds > 0)
        throw new RateLimitError(`this key may use ${tokensPerMinute} tokens a minute`, seconds);
    }
    checkParallel(use.underWay, answers, parallel);
    const places = this.#options.places();
    if (places !== undefined && use.underWay + answers > places - this.#underWay) throw shared(use.underWay);
    const count = (more: number): void => {
      use.underWay += more;
      this.#underWay += more;
    };
    count(answers);
    let ended = false;
    return {
      spend: (tokens) => {
        if (tokensPerMinute !== undefined) use.tokens.add(tokens);
      },
      end: () => {
        if (!ended) count(-answers);
        ended = true;
      },
    };
  }

  #of(keyId: string): KeyUse {
    const use = this.#use.get(keyId) ?? { requests: new Bucket(), tokens: new Bucket(), underWay: 0 };
    this.#use.set(keyId, use);
    return use;
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}

interface KeyUse {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  underWay: number;
}

/** A leaky bucket: what was used runs out at the rate of the limit, so that nobody waits for a minute to begin. */
class Bucket {
  #used = 0;
  #at = 0;

  /** Whole seconds until `count` more fit, 0 where they do now. */
  waitFor(count: number, perMinute: number, now: number): number {
    const leaked = ((now - this.#at) * perMinute) / MINUTE_MS;
    this.#used = Math.max(0, this.#used - leaked);
    this.#at = now;
    const over = this.#used + count - perMinute;
    return over <= 0 ? 0 : Math.ceil((over * 60) / perMinute);
  }

  add(count: number): void {
    this.#used += count;
  }
}

function checkParallel(underWay: number, answers: number, most: number | undefined): void {
  if (most === undefined || underWay + answers <= most) return;
  if (answers > most) {
    const what = `the request asks for ${answers} answers, and this key may have ${most} at once`;
    throw parameterError('bad_option', 'n', what, 'ask for fewer');
  }
  const what = `this key has ${underWay} answers under way, and may have ${most}`;
  throw new QuireError('busy', what, 'wait for one to end');
}

/**
 * Counts what answers cost, and ends the lease with the last of them, however they end.
 * @param tokens of each
 */
export function settleLease(lease: Lease, tokens: readonly Promise<number>[]): void {
  let left = tokens.length;
  const ended = (count: number): void => {
    lease.spend(count);
    if (--left === 0) lease.end();
  };
  for (const one of tokens) one.then(ended, () => ended(0)).catch(() => undefined);
}

const shared = (underWay: number): QuireError =>
  new QuireError(
    'busy',
    `this key has ${underWay} answers under way, and the other places are for other keys`,
    'wait for some to end',
  );
