// All errors of Quire in one table: a stable code, the HTTP status of the server's response, and the exit code of the
// command line. A QuireError has a message and a hint, so that command line, server and library report the same line.

import { printable } from './printable.ts';

export interface ErrorKind {
  readonly status: number;
  readonly exitCode: 1 | 2;
}

const failed = (status: number): ErrorKind => ({ status, exitCode: 1 });
const usage = (status = 400): ErrorKind => ({ status, exitCode: 2 });

export const ERRORS = {
  bad_option: usage(),
  unknown_option: usage(),
  bad_message: usage(),
  bad_import: failed(400),
  not_supported: failed(400),
  unauthorized: failed(401),
  rate_limit_exceeded: failed(429),
  forbidden_origin: failed(403),
  body_too_large: failed(413),
  client_closed: failed(499),
  model_loading: failed(503),
  model_unloaded: failed(503),
  model_failed: failed(503),
  shutting_down: failed(503),
  model_not_found: failed(404),
  ambiguous_model: failed(400),
  access_denied: failed(403),
  offline: failed(503),
  hub_unavailable: failed(503),
  bad_hub_answer: failed(502),
  unsafe_path: failed(502),
  checksum_mismatch: failed(502),
  disk_full: failed(507),
  data_folder_in_use: failed(409),
  storage_failed: failed(500),
  storage_busy: failed(503),
  storage_unavailable: failed(503),
  database_in_use: failed(503),
  quota_exceeded: failed(403),
  folder_not_private: failed(500),
  file_not_private: failed(500),
  key_secret_changed: failed(500),
  cache_unwritable: failed(500),
  kv_folder_in_use: failed(409),
  file_not_found: failed(404),
  file_unreadable: failed(422),
  file_not_writable: failed(500),
  bad_gguf: failed(422),
  bad_safetensors: failed(422),
  bad_model_folder: failed(422),
  unknown_format: failed(422),
  unknown_architecture: failed(422),
  unsupported_config: failed(422),
  unsupported_tensor_type: failed(422),
  missing_tensor: failed(422),
  bad_tensor_shape: failed(422),
  unsupported_tokenizer: failed(422),
  bad_tokenizer: failed(422),
  no_chat_template: failed(400),
  bad_chat_template: failed(422),
  template_too_costly: failed(422),
  empty_prompt: failed(400),
  bad_token: failed(400),
  context_length_exceeded: failed(400),
  no_token_allowed: failed(400),
  bad_logits: failed(500),
  observer_failed: failed(500),
  bad_model_default: failed(422),
  kv_memory_too_small: failed(400),
  out_of_memory: failed(507),
  port_in_use: failed(500),
  address_unavailable: failed(500),
  conversation_busy: failed(409),
  busy: failed(429),
  already_finished: failed(409),
  not_found: failed(404),
  disposed: failed(409),
  backend_unavailable: failed(501),
  backend_failed: failed(500),
  internal: failed(500),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface QuireErrorOptions extends ErrorOptions {
  readonly detail?: string;
  readonly option?: string;
}

/** An error with a stable code, a message (what was wrong) and a hint (what to do). */
export class QuireError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** the message of a database or the operating system: for the operator's log and terminal, never for a client */
  readonly detail: string | undefined;
  /** the invalid option under the caller's name: `topK` in the library, `top_k` or `messages.0.content` over HTTP */
  readonly option: string | undefined;

  /**
   * @param code a key of {@link ERRORS}
   * @param what what was wrong, with the values; no full stop at the end
   * @param hint what the caller can do about it; no full stop at the end
   */
  constructor(code: ErrorCode, what: string, hint: string, options: QuireErrorOptions = {}) {
    super(what, options);
    this.name = 'QuireError';
    this.code = code;
    this.hint = hint;
    this.detail = options.detail;
    this.option = options.option;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exitCode(): 1 | 2 {
    return ERRORS[this.code].exitCode;
  }

  /** `code: what was wrong; what to do` in one line, with control characters escaped */
  get line(): string {
    return oneLine(`${this.code}: ${this.message}; ${this.hint}`);
  }

  /** `line` with `detail`, for the operator */
  get fullLine(): string {
    return this.detail === undefined ? this.line : `${this.line} (${oneLine(this.detail)})`;
  }
}

/** Logged once when they occur, and not again for each affected request. */
const LOGGED_ONCE: ReadonlySet<ErrorCode> = new Set([
  'shutting_down',
  'model_loading',
  'model_unloaded',
  'model_failed',
]);

/** Returns whether an error is a fault that the operator should examine. @param status replaces the status of the code */
export function isFault({ code, status: usual }: QuireError, status = usual): boolean {
  return status >= 500 && !LOGGED_ONCE.has(code);
}

function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return printable(lines.filter((line) => line !== '').join(' '));
}

/**
 * Returns a thrown value as a QuireError; any other value becomes `internal`, with its message as `detail`, because it may
 * contain private data.
 */
export function asQuireError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const hint = 'this is a bug in Quire: please report it with the log';
  return new QuireError('internal', 'an unexpected error occurred', hint, { cause: error, detail });
}

/** Returns whether an error is an AbortError, of the platform or of any library. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** Returns the error with which an aborted operation rejects: the signal's reason, or an AbortError. */
export function abortError(signal?: AbortSignal): unknown {
  return signal?.reason ?? new DOMException('The operation was aborted', 'AbortError');
}
