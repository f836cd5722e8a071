// Warnings for an engine that continues without its disk, or without writing to it. No request fails because of them.

import { QuireError } from '../../base/errors.ts';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Returns the warning for a file system error in a folder of blocks. */
export function diskFailure(folder: string, error: unknown): QuireError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const options = { cause: error };
  if (FULL.includes(code)) {
    const what = `the disk of ${folder} is full (${code}): keys and values are not written there for now`;
    return new QuireError('disk_full', what, 'free disk space, or lower --kv-disk (kvDisk)', options);
  }
  const what = `${folder} is not writable (${code}): keys and values are not written there for now`;
  const hint = 'check its permissions, or choose another folder with --data-dir (kvDiskFolder)';
  return new QuireError('cache_unwritable', what, hint, options);
}

export const folderInUse = (folder: string): QuireError =>
  new QuireError(
    'kv_folder_in_use',
    `another process uses ${folder}: this one does not offload keys and values to disk`,
    'stop the other process, or choose another folder with --data-dir (kvDiskFolder)',
  );
