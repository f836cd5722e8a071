// Converts file system errors that occur while the cache is written to errors with hints.

import { QuireError } from '../../base/errors.ts';

const DISK_FULL_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Returns a QuireError for a file system error, and any other error unchanged. @param folder where it occurred */
function cacheFailure(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const code = String(error.code);
  const options = { cause: error };
  if (DISK_FULL_CODES.includes(code)) {
    const message = `the disk of ${folder} is full (${code})`;
    const hint =
      'free some disk space, or set HF_HOME to a larger disk; the same command resumes the download';
    return new QuireError('disk_full', message, hint, options);
  }
  const message = `${folder} cannot be written (${code})`;
  const hint = 'check its permissions, or set HF_HOME to a folder that you own';
  return new QuireError('cache_unwritable', message, hint, options);
}

/** Runs `work`, which writes to `folder`, and converts its file system errors. */
export async function convertCacheErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(folder, error);
  }
}
