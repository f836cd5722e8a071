// Converts errors of the file system while the cache is written to errors with hints.

import { QuireError } from '../../base/errors.ts';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Returns a QuireError for an error of the file system below `folder`, and any other error unchanged. */
function cacheFailure(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const code = String(error.code);
  const options = { cause: error };
  if (FULL.includes(code)) {
    const what = `the disk of ${folder} is full (${code})`;
    const hint =
      'free some disk space, or set HF_HOME to a larger disk; the same command resumes the download';
    return new QuireError('disk_full', what, hint, options);
  }
  const what = `${folder} cannot be written (${code})`;
  const hint = 'check its permissions, or set HF_HOME to a folder that you own';
  return new QuireError('cache_unwritable', what, hint, options);
}

/** Runs `work` and converts its errors of the file system below `folder`. */
export async function inCache<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(folder, error);
  }
}
