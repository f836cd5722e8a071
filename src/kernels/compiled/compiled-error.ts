// Converts errors of compiled kernels to QuireErrors.

import { asQuireError, ERRORS, type ErrorCode, QuireError } from '../../base/errors.ts';

/**
 * Returns the QuireError for an error of compiled kernels; a QuireError is returned unchanged. Errors that a caller can handle have a
 * code of ERRORS.
 * @param backend name of the backend, for messages
 */
export function compiledError(error: unknown, backend: string): QuireError {
  if (error instanceof QuireError) return error;
  const code = (error as { code?: unknown }).code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'out_of_memory')
    return new QuireError('out_of_memory', message, 'close other programs, or lower the KV memory', {
      cause: error,
    });
  if (code === 'file_unreadable')
    return new QuireError('file_unreadable', message, 'close other files, or raise the limit of open files', {
      cause: error,
    });
  if (code === 'no_threads')
    return new QuireError(
      'backend_failed',
      message,
      'lower threads, or raise the limits of threads and memory',
      {
        cause: error,
      },
    );
  if (code === 'ERR_MODULE_NOT_FOUND')
    return new QuireError(
      'backend_failed',
      `a file of Quire is missing: ${message}`,
      'install quire-llm again',
      {
        cause: error,
      },
    );
  if (code === 'disposed')
    return new QuireError('disposed', 'the engine was disposed', 'load it again', { cause: error });
  if (typeof code === 'string' && code in ERRORS)
    return new QuireError(code as ErrorCode, message, 'this is a bug in Quire: please report it', {
      cause: error,
    });
  return typeof code === 'string'
    ? new QuireError('backend_failed', `the ${backend} backend failed`, 'load the engine again', {
        cause: error,
        detail: message,
      })
    : asQuireError(error);
}
