// The keys that are let in now, each with an id for everything that is kept apart by key: the cache, conversations, logs.
// An id is a hash under a secret of this server, so that nobody who reads one can try keys against it. That of a named key
// is made of its name, so that it stays when the key is changed.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { QuireError } from '../../../base/errors.ts';
import { type ApiKey, type KeyLimits, keyDigest } from './api-key.ts';

/** The id of a key, or undefined when it is refused. Without keys every text, and none, has the id `''`. */
export type CheckKey = (text: string | undefined) => string | undefined;

interface KnownKey extends ApiKey {
  readonly id: string;
}

const ID_DIGITS = 16;

export class KeyRing {
  readonly #secret: Uint8Array;
  #keys: readonly KnownKey[];

  /** Raises `bad_option` for a key that is there twice. */
  constructor(keys: readonly ApiKey[], secret: Uint8Array) {
    this.#secret = secret;
    this.#keys = this.#known(keys);
  }

  get ids(): readonly string[] {
    return [...new Set(this.#keys.map(({ id }) => id))];
  }

  check(text: string | undefined): string | undefined {
    if (this.#keys.length === 0) return '';
    const given = keyDigest(text ?? '');
    // Every key is compared whole, so that the time says nothing about any of them.
    const [found] = this.#keys.filter(({ digest }) => timingSafeEqual(digest, given));
    return found?.id;
  }

  nameOf(id: string): string | undefined {
    return this.#keys.find((key) => key.id === id)?.name;
  }

  limitsOf(id: string): KeyLimits {
    return this.#keys.find((key) => key.id === id)?.limits ?? {};
  }

  /** Ids under which a key's conversations may be kept from before: by an older Quire, and without a name. */
  formerIds(): readonly { readonly from: string; readonly to: string }[] {
    return this.#keys.flatMap(({ digest, name, id: to }) => [
      { from: digest.toString('hex').slice(0, ID_DIGITS), to },
      ...(name === undefined ? [] : [{ from: this.#hash('key', digest), to }]),
    ]);
  }

  /** Other keys from now on; gives the ids that are none any more. Raises `bad_option`, and changes nothing then. */
  replace(keys: readonly ApiKey[]): readonly string[] {
    const before = this.ids;
    this.#keys = this.#known(keys);
    const { ids } = this;
    return before.filter((id) => !ids.includes(id));
  }

  /** What tells this secret from others, and says nothing about it. */
  get print(): string {
    return this.#hash('print', '');
  }

  #known(keys: readonly ApiKey[]): KnownKey[] {
    const known = keys.map((key) => ({ ...key, id: this.#idOf(key) }));
    for (const [what, all] of [
      ['API key', known.map(({ digest }) => digest.toString('hex'))],
      ['name of an API key', known.flatMap(({ name }) => name ?? [])],
    ] as const) {
      if (new Set(all).size < all.length)
        throw new QuireError('bad_option', `the same ${what} is there twice`, 'give each once');
    }
    return known;
  }

  #idOf({ digest, name }: ApiKey): string {
    return name === undefined ? this.#hash('key', digest) : this.#hash('name', name);
  }

  #hash(kind: string, what: string | Buffer): string {
    return createHmac('sha256', this.#secret)
      .update(`${kind}:`)
      .update(what)
      .digest('hex')
      .slice(0, ID_DIGITS);
  }
}
