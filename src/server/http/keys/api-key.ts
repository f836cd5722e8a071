// An API key as the server stores it: its hash with its name and limits, never the key itself. The memory, log and data of the
// server contain no usable key.

import { createHash } from 'node:crypto';
import { QuireError } from '../../../base/errors.ts';

/** Limits of one key; an absent limit means unlimited. */
export interface KeyLimits {
  readonly requestsPerMinute?: number | undefined;
  /** prompt and answer tokens */
  readonly tokensPerMinute?: number | undefined;
  /** answers that run or wait at the same time */
  readonly parallel?: number | undefined;
}

export interface ApiKey {
  /** SHA-256 of the key */
  readonly digest: Buffer;
  /** conversations belong to the name, so the replacement of a key with the same name keeps them */
  readonly name?: string | undefined;
  readonly limits: KeyLimits;
  /** whether the key is short enough to be guessed; false for a key that is specified as a hash, because its length is unknown */
  readonly short: boolean;
}

/** Minimum length of a key that cannot be guessed over a network. */
export const MIN_NETWORK_KEY_LENGTH = 16;

const HASHED_KEY = /^sha256:(.*)$/i;

/**
 * Creates a key from its text, or from `sha256:HEX`. Throws `bad_option` for a key that no header can carry, for an invalid
 * hash and for an invalid name.
 */
export function apiKey(text: string, { name, limits = {} }: Partial<ApiKey> = {}): ApiKey {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const hint = 'use visible ASCII characters without spaces';
    throw new QuireError('bad_option', 'an API key is empty or contains invalid characters', hint);
  }
  if (name !== undefined && !/^[\w.@-]{1,64}$/.test(name)) {
    const message = `the API key name ${JSON.stringify(name.slice(0, 64))} is not valid`;
    throw new QuireError('bad_option', message, 'use at most 64 letters, digits and . _ @ -');
  }
  const hex = HASHED_KEY.exec(text)?.[1];
  if (hex !== undefined && !/^[0-9a-f]{64}$/i.test(hex)) {
    const hint = 'write the 64 hexadecimal digits that "printf %s KEY | sha256sum" prints';
    throw new QuireError('bad_option', 'an API key starts with "sha256:" but is not a SHA-256 hash', hint);
  }
  return {
    digest: hex === undefined ? keyDigest(text) : Buffer.from(hex, 'hex'),
    name,
    limits,
    short: hex === undefined && text.length < MIN_NETWORK_KEY_LENGTH,
  };
}

/** Accepts keys as texts too. Throws the errors of `apiKey`, and `bad_option` for other values, which JavaScript allows. */
export function toApiKeys(keys: readonly (string | ApiKey)[] = []): readonly ApiKey[] {
  const isKey = (key: string | ApiKey): boolean => typeof key === 'string' || Buffer.isBuffer(key?.digest);
  if (!Array.isArray(keys) || !keys.every(isKey))
    throw new QuireError(
      'bad_option',
      'apiKeys is not an array of keys',
      'pass texts, or results of apiKey(): apiKeys: [KEY]',
      { option: 'apiKeys' },
    );
  return keys.map((key) => (typeof key === 'string' ? apiKey(key) : key));
}

export const keyDigest = (text: string): Buffer => createHash('sha256').update(text).digest();
