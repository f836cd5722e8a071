// All errors of Quire in one table: a stable code, the HTTP status of the server's response, and the exit code of the
// command line. A QuireError also has a message and a hint, which the command line, the server and the library report.

import { escapeControls } from './printable.ts';

export interface ErrorKind {
  readonly status: number;
  readonly exitCode: 1 | 2;
}

const failure = (status: number): ErrorKind => ({ status, exitCode: 1 });
const usageError = (status = 400): ErrorKind => ({ status, exitCode: 2 });

export const ERRORS = {
  bad_option: usageError(),
  no_pooling: failure(400),
  bad_vector: failure(500),
  unknown_option: usageError(),
  bad_message: usageError(),
  bad_import: failure(400),
  missing_package: usageError(501),
  not_supported: failure(400),
  unauthorized: failure(401),
  rate_limit_exceeded: failure(429),
  forbidden_origin: failure(403),
  body_too_large: failure(413),
  client_closed: failure(499),
  model_loading: failure(503),
  model_unloaded: failure(503),
  model_failed: failure(503),
  shutting_down: failure(503),
  model_not_found: failure(404),
  ambiguous_model: failure(400),
  access_denied: failure(403),
  offline: failure(503),
  hub_unavailable: failure(503),
  bad_hub_answer: failure(502),
  unsafe_path: failure(502),
  checksum_mismatch: failure(502),
  disk_full: failure(507),
  data_folder_in_use: failure(409),
  sqlite_unavailable: failure(501),
  storage_failed: failure(500),
  storage_busy: failure(503),
  storage_unavailable: failure(503),
  database_in_use: failure(503),
  quota_exceeded: failure(403),
  folder_not_private: failure(500),
  file_not_private: failure(500),
  key_secret_changed: failure(500),
  cache_unwritable: failure(500),
  kv_folder_in_use: failure(409),
  file_not_found: failure(404),
  file_unreadable: failure(422),
  file_not_writable: failure(500),
  bad_gguf: failure(422),
  bad_safetensors: failure(422),
  bad_adapter: failure(422),
  adapter_exists: failure(400),
  adapter_not_found: failure(404),
  bad_model_folder: failure(422),
  unknown_format: failure(422),
  unknown_architecture: failure(422),
  unsupported_config: failure(422),
  unsupported_tensor_type: failure(422),
  missing_tensor: failure(422),
  bad_tensor_shape: failure(422),
  unsupported_tokenizer: failure(422),
  bad_tokenizer: failure(422),
  no_chat_template: failure(400),
  bad_chat_template: failure(422),
  template_too_costly: failure(422),
  empty_prompt: failure(400),
  bad_token: failure(400),
  context_length_exceeded: failure(400),
  no_token_allowed: failure(400),
  bad_logits: failure(500),
  observer_failed: failure(500),
  bad_model_default: failure(422),
  kv_memory_too_small: failure(400),
  out_of_memory: failure(507),
  port_in_use: failure(500),
  address_unavailable: failure(500),
  conversation_busy: failure(409),
  busy: failure(429),
  already_finished: failure(409),
  not_found: failure(404),
  disposed: failure(409),
  backend_unavailable: failure(501),
  backend_failed: failure(500),
  internal: failure(500),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface QuireErrorOptions extends ErrorOptions {
  /** the message of a database or the operating system, for the operator only */
  readonly detail?: string;
  /** the invalid option under the caller's name */
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
   * @param message what was wrong, with the values; no full stop at the end
   * @param hint what the caller can do about it; no full stop at the end
   */
  constructor(code: ErrorCode, message: string, hint: string, options: QuireErrorOptions = {}) {
    super(message, options);
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

/** Codes of conditions that are logged once, when they begin, and not again for each rejected request. */
const LOGGED_ONCE: ReadonlySet<ErrorCode> = new Set([
  'shutting_down',
  'model_loading',
  'model_unloaded',
  'model_failed',
]);

/**
 * Returns whether the operator should examine an error.
 * @param status of the response, if not the status of the code
 */
export function isFault({ code, status: codeStatus }: QuireError, status = codeStatus): boolean {
  return status >= 500 && !LOGGED_ONCE.has(code);
}

function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return escapeControls(lines.filter((line) => line !== '').join(' '));
}

/**
 * Returns a thrown QuireError unchanged, and any other value as an `internal` error. The message of that value becomes
 * the `detail`, because it may contain private data.
 */
export function asQuireError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const hint = 'this is a bug in Quire: please report it with the log';
  return new QuireError('internal', 'an unexpected error occurred', hint, { cause: error, detail });
}

/** Returns whether `error` is an AbortError, whether the platform or a library created it. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** Returns the error with which an aborted operation rejects: the signal's reason, or an AbortError. */
export function abortError(signal?: AbortSignal): unknown {
  return signal?.reason ?? new DOMException('The operation was aborted', 'AbortError');
}
