// What one request may bring. A server has many callers and one memory, so nothing that they send is unbounded;
// what is over a limit is refused with the number.

/** Bytes of a request's body: a context of a million tokens as text has about as many. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Bytes of all headers of a request. */
export const HEADER_LIMIT_BYTES = 16 * 1024;
/** Time for a client to send its whole request. */
export const REQUEST_TIMEOUT_MS = 60_000;

export const MOST_MESSAGES = 2048;
export const MOST_PARTS = 1024;
export const MOST_CHOICES = 128;
/** Prompts of one request; each has as many answers as `n` says. */
export const MOST_PROMPTS = 64;
export const LONGEST_SALT = 256;

/** A reader that takes nothing for so long is dropped. */
export const SLOW_READER_MS = 30_000;
/** A stream that is silent for so long says `: ping`, so that proxies keep it. */
export const PING_MS = 15_000;
/** When the server stops, answers under way have so long to end. */
export const GRACE_MS = 10_000;

/** What one key may store, where nobody says otherwise. */
export const STORAGE_OF_KEY = { conversations: 10_000, bytes: 2 ** 30 } as const;
/** A call to the store that takes so long has failed. */
export const STORE_LIMIT_MS = 30_000;
