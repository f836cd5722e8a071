// What a file system says when the cache cannot be written, as an error that says what to do.

import { QuireError } from '../../base/errors.ts';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** A failure of the file system below `folder` as a QuireError; anything else is given back as it is. */
function cacheFailure(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const code = String(error.code);
  const options = { cause: error };
  if (FULL.includes(code)) {
    const what = `the disk of ${folder} holds no more (${code})`;
    const hint = 'make room, or set HF_HOME to a larger disk; the same command goes on where this one ended';
    return new QuireError('disk_full', what, hint, options);
  }
  const what = `${folder} cannot be written (${code})`;
  const hint = 'check its permissions, or set HF_HOME to a folder that is yours';
  return new QuireError('cache_unwritable', what, hint, options);
}

/** Does `work`, whose failures are those of the file system below `folder`. */
export async function inCache<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(folder, error);
  }
}
