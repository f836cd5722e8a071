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
/** When the server stops, answers under way have so long to end. With what follows it stays under the 10 s after which Docker kills. */
export const GRACE_MS = 8_000;
/** Then errors have so long to reach clients that read, */
export const CUT_MS = 1000;
/** turns of chats to be stored as far as they came (`STORE_GRACE_MS` of the service), and sockets to close as they should. */
export const CLOSE_GRACE_MS = 300;

/** Requests of a model that is unloaded have so long to end. */
export const UNLOAD_GRACE_MS = 30_000;

/** Chat sockets at the same time; each may hold a frame of a message's size. */
export const MOST_SOCKETS = 512;
/** The share of them that one key may have. */
export const MOST_SHARE_OF_A_KEY = 0.5;
/** Each chat socket is asked so often whether it is there; one that has not answered by the next time is cut. */
export const SOCKET_PING_MS = 20_000;
/** One message of a chat socket may take so long to come, however many fragments it has. */
export const SOCKET_MESSAGE_MS = 60_000;
/** Turns that one socket may have under way, those that wait included. */
export const MOST_TURNS_OF_A_SOCKET = 16;

/** Numbers in a body: ids of a context of a million tokens. */
export const MOST_BODY_NUMBERS = 1024 * 1024;
/** Texts, lists, objects and what else is no number in a body. */
export const MOST_BODY_VALUES = 50_000;
/** The same of conversations that are imported. */
export const MOST_IMPORTED_VALUES = 250_000;
export const DEEPEST_BODY = 64;

/** What one key may store, where nobody says otherwise. */
export const STORAGE_OF_KEY = { conversations: 10_000, bytes: 2 ** 30 } as const;
