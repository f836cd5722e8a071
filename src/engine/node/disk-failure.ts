// Warnings of an engine that continues without offloading to disk. No request fails because of these problems.

import { QuireError } from '../../base/errors.ts';

const DISK_FULL_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Returns the warning for a file system error in a folder of blocks. */
export function diskFailureWarning(folder: string, error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const options = { cause: error };
  if (DISK_FULL_CODES.includes(code)) {
    const message = `the disk of ${folder} is full (${code}): keys and values are not written there for now`;
    return new QuireError('disk_full', message, 'free disk space, or lower --kv-disk (kvDisk)', options);
  }
  const message = `${folder} is not writable (${code}): keys and values are not written there for now`;
  const hint = 'check the permissions of the folder, or choose another folder with --data-dir (kvDiskFolder)';
  return new QuireError('cache_unwritable', message, hint, options);
}

export const folderInUseWarning = (folder: string): QuireError =>
  new QuireError(
    'kv_folder_in_use',
    `another process uses ${folder}: this process does not offload keys and values to disk`,
    'stop the other process, or choose another folder with --data-dir (kvDiskFolder)',
  );
