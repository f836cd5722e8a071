// One API key as the server keeps it: its hash, never itself, with the name and the limits that it was given. Whoever
// reads the server's memory, its log or its data finds nothing to send as a key.

import { createHash } from 'node:crypto';
import { QuireError } from '../../../base/errors.ts';

/** What one key may do; absent is without a limit. */
export interface KeyLimits {
  readonly requestsPerMinute?: number | undefined;
  /** of prompts and answers */
  readonly tokensPerMinute?: number | undefined;
  /** answers under way at once, those that wait included */
  readonly parallel?: number | undefined;
}

export interface ApiKey {
  /** SHA-256 of the key */
  readonly digest: Buffer;
  /** under which its conversations stay when the key is changed */
  readonly name?: string | undefined;
  readonly limits: KeyLimits;
  /** so short that it can be guessed; unknown of one that is given as its hash */
  readonly short: boolean;
}

/** Characters of a key that nobody guesses over a network. */
export const SHORTEST_OPEN_KEY = 16;

const HASHED = /^sha256:(.*)$/i;

/**
 * A key, or `sha256:HEX` for one whose text the server is not told. Raises `bad_option` for a key that no header can
 * carry, for what is no such hash, and for a bad name.
 */
export function apiKey(text: string, { name, limits = {} }: Partial<ApiKey> = {}): ApiKey {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    const hint = 'it takes visible ASCII characters without spaces';
    throw new QuireError('bad_option', 'an API key is empty or has other characters', hint);
  }
  if (name !== undefined && !/^[\w.@-]{1,64}$/.test(name)) {
    const what = `an API key has the name ${JSON.stringify(name.slice(0, 64))}`;
    throw new QuireError('bad_option', what, 'it takes letters, digits and . _ @ -, at most 64');
  }
  const hashed = HASHED.exec(text)?.[1];
  if (hashed !== undefined && !/^[0-9a-f]{64}$/i.test(hashed)) {
    const what = 'an API key begins with "sha256:", and no such hash follows';
    throw new QuireError(
      'bad_option',
      what,
      'give 64 hexadecimal digits, as "printf %s KEY | sha256sum" prints them',
    );
  }
  return {
    digest: hashed === undefined ? keyDigest(text) : Buffer.from(hashed, 'hex'),
    name,
    limits,
    short: hashed === undefined && text.length < SHORTEST_OPEN_KEY,
  };
}

export const keyDigest = (text: string): Buffer => createHash('sha256').update(text).digest();
