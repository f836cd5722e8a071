// The errors of files that cannot be read. The formats read files, and the native backend reads the files of weights.

import { QuireError } from './errors.ts';

/** @param code the operating system's code, such as `EIO` */
export function unreadableError(path: string, code: string, cause?: unknown): QuireError {
  const message = `${path} cannot be read (${code})`;
  return new QuireError('file_unreadable', message, 'check the permissions and the disk', { cause });
}

/** @param end first byte after the range that was to be read */
export function endsEarlyError(path: string, end: number): QuireError {
  const message = `${path} ends before byte ${end}`;
  return new QuireError('file_unreadable', message, 'the file is incomplete: download or copy it again');
}

/** Returns the error of a read with the name of the tensor that was read. */
export function withTensorName(tensor: string, error: unknown): unknown {
  if (!(error instanceof QuireError)) return error;
  return new QuireError(error.code, `tensor ${tensor}: ${error.message}`, error.hint, { cause: error });
}
