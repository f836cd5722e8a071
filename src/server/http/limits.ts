// Limits of one request, key or socket. Many clients share the memory of the server, so every input is bounded. A request over
// a limit is rejected with an error that states the limit.

/** Bytes of a request body. The text of a context of one million tokens is about this long. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Bytes of all headers of a request. */
export const HEADER_LIMIT_BYTES = 16 * 1024;
/** Time for a client to send a whole request. */
export const REQUEST_TIMEOUT_MS = 60_000;

export const MAX_MESSAGES = 2048;
export const MAX_CONTENT_PARTS = 1024;
export const MAX_CHOICES = 128;
/** Prompts of one request. The server generates `n` choices for each prompt. */
export const MAX_PROMPTS = 64;
/** Texts of one request for embeddings. */
export const MAX_EMBEDDED_TEXTS = 2048;
/** Characters of a cache salt. */
export const MAX_SALT_LENGTH = 256;

/** Time after which a client is disconnected if it does not read its response. */
export const SLOW_CLIENT_TIMEOUT_MS = 30_000;
/** Interval of `: ping` comments in an event stream without events, so that proxies do not close the connection. */
export const PING_MS = 15_000;
/**
 * First step of shutdown: time for running requests to end. All steps together stay under the 10 s after which Docker kills the
 * process (limits.test.ts).
 */
export const SHUTDOWN_GRACE_MS = 8_000;
/** Second step of shutdown: time for clients to receive the error that ends a cancelled request. */
export const ERROR_DELIVERY_MS = 1000;
/** Last step of shutdown, after `STORE_GRACE_MS` of the service: time for sockets to complete the closing handshake. */
export const SOCKET_CLOSE_GRACE_MS = 300;

/** Time for the running requests of a model to end when it is unloaded. */
export const UNLOAD_GRACE_MS = 30_000;

/** Maximum number of open chat sockets. Each may buffer a frame of the maximum message size. */
export const MAX_SOCKETS = 512;
/** Share of the chat sockets that one key may open. */
export const MAX_SOCKET_SHARE_PER_KEY = 0.5;
/** Ping interval of chat sockets. A socket is closed if it has not answered a ping when the next ping is due. */
export const SOCKET_PING_MS = 20_000;
/** Time for a client to send one message over a chat socket, however many fragments it has. */
export const SOCKET_MESSAGE_TIMEOUT_MS = 60_000;
/** Maximum number of turns of one chat socket that run or wait at the same time. */
export const MAX_TURNS_PER_SOCKET = 16;

/** Numbers in a body: the token ids of a context of one million tokens. */
export const MAX_BODY_NUMBERS = 1024 * 1024;
/** Values in a body, such as strings, arrays and objects, without numbers. */
export const MAX_BODY_VALUES = 50_000;
/** As `MAX_BODY_VALUES`, for imported conversations. */
export const MAX_IMPORT_VALUES = 250_000;
export const MAX_BODY_DEPTH = 64;

/** Default storage quota of one key. */
export const DEFAULT_KEY_STORAGE = { conversations: 10_000, bytes: 2 ** 30 } as const;
