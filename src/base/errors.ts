// Every failure that Quire can report, in one table: a stable code, the HTTP status a server answers with,
// and the exit code of the command line. A QuireError says what was wrong and what to do about it, so
// that the command line, the server and the library all print the same line.

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

/** A failure with a stable code, a sentence on what was wrong, and a sentence on what to do. */
export class QuireError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  /** what a database or an operating system said: for the log and the terminal of who runs this, never for a client */
  readonly detail: string | undefined;
  /** the option at fault, as its caller writes it: `topK` in the library, `top_k` or `messages.0.content` over HTTP */
  readonly option: string | undefined;

  /**
   * @param code a key of {@link ERRORS}
   * @param what what was wrong, with the numbers; no full stop at the end
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

  /** The one line that people see: `code: what was wrong; what to do`. What is quoted may hold anything. */
  get line(): string {
    return oneLine(`${this.code}: ${this.message}; ${this.hint}`);
  }

  /** `line` with `detail`, for who runs Quire. */
  get fullLine(): string {
    return this.detail === undefined ? this.line : `${this.line} (${oneLine(this.detail)})`;
  }
}

/** They are told when they happen, and not again to each request that meets them. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'shutting_down',
  'model_loading',
  'model_unloaded',
  'model_failed',
]);

/** Whether who runs Quire should look at it. @param status where it is not the usual one of the code */
export function isFault({ code, status: usual }: QuireError, status = usual): boolean {
  return status >= 500 && !PASSING.has(code);
}

function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return printable(lines.filter((line) => line !== '').join(' '));
}

/**
 * Any thrown value as a QuireError; what is not one already becomes `internal`. What it says is a detail: it may quote
 * anything.
 */
export function asQuireError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const hint = 'this is a fault of Quire: please report it, with what the log says';
  return new QuireError('internal', 'something failed that should not', hint, { cause: error, detail });
}

/** Whether an operation was aborted: by the platform's own error, or by one that is called so. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** The error that an aborted operation rejects with: `name` is `AbortError`, as the platform's own. */
export function abortError(signal?: AbortSignal): unknown {
  return signal?.reason ?? new DOMException('The operation was aborted', 'AbortError');
}
