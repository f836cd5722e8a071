// The valid keys and their ids. The id of a key identifies its share of the prefix cache, its conversations and its log lines. An
// id is a hash with a secret of this server, so that a key cannot be found by hashing guesses. The id of a named key is computed
// from the name, so that it stays the same when the key is replaced.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { QuireError } from '../../../base/errors.ts';
import { type ApiKey, type KeyLimits, keyDigest } from './api-key.ts';

/** Returns the id of a key, or undefined for an invalid key. When no keys are configured, every request has the id `''`. */
export type CheckKey = (text: string | undefined) => string | undefined;

interface IdentifiedKey extends ApiKey {
  readonly id: string;
}

const ID_DIGITS = 16;

export class KeyRing {
  readonly #secret: Uint8Array;
  #keys: readonly IdentifiedKey[];

  /** Throws `bad_option` for a repeated key or name. */
  constructor(keys: readonly ApiKey[], secret: Uint8Array) {
    this.#secret = secret;
    this.#keys = this.#identify(keys);
  }

  get ids(): readonly string[] {
    return [...new Set(this.#keys.map(({ id }) => id))];
  }

  check(text: string | undefined): string | undefined {
    if (this.#keys.length === 0) return '';
    const digest = keyDigest(text ?? '');
    // Compares with every key in constant time, so that the response time reveals nothing about the keys.
    const [matching] = this.#keys.filter((key) => timingSafeEqual(key.digest, digest));
    return matching?.id;
  }

  nameOf(id: string): string | undefined {
    return this.#keys.find((key) => key.id === id)?.name;
  }

  limitsOf(id: string): KeyLimits {
    return this.#keys.find((key) => key.id === id)?.limits ?? {};
  }

  /** Returns the ids that the current keys had before they were named, or in older versions of Quire. */
  formerIds(): readonly { readonly from: string; readonly to: string }[] {
    return this.#keys.flatMap(({ digest, name, id: to }) => [
      { from: digest.toString('hex').slice(0, ID_DIGITS), to },
      ...(name === undefined ? [] : [{ from: this.#hash('key', digest), to }]),
    ]);
  }

  /** Replaces all keys and returns the ids that are no longer valid. If it throws `bad_option`, the keys are unchanged. */
  replace(keys: readonly ApiKey[]): readonly string[] {
    const before = this.ids;
    this.#keys = this.#identify(keys);
    const { ids } = this;
    return before.filter((id) => !ids.includes(id));
  }

  /** Identifies the secret without revealing it. */
  get secretFingerprint(): string {
    return this.#hash('print', '');
  }

  #identify(keys: readonly ApiKey[]): IdentifiedKey[] {
    const identified = keys.map((key) => ({ ...key, id: this.#idOf(key) }));
    for (const [kind, values] of [
      ['API key', identified.map(({ digest }) => digest.toString('hex'))],
      ['name of an API key', identified.flatMap(({ name }) => name ?? [])],
    ] as const) {
      if (new Set(values).size < values.length)
        throw new QuireError(
          'bad_option',
          `the same ${kind} is specified twice`,
          'use each key and name once',
        );
    }
    return identified;
  }

  #idOf({ digest, name }: ApiKey): string {
    return name === undefined ? this.#hash('key', digest) : this.#hash('name', name);
  }

  #hash(kind: string, value: string | Buffer): string {
    return createHmac('sha256', this.#secret)
      .update(`${kind}:`)
      .update(value)
      .digest('hex')
      .slice(0, ID_DIGITS);
  }
}
