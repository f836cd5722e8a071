// Why an engine goes on without its disk, or without writing to it, as an error that says what to do. Nobody's
// request fails of it.

import { QuireError } from '../../base/errors.ts';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** What the file system says of a folder of blocks. */
export function diskFailure(folder: string, error: unknown): QuireError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const options = { cause: error };
  if (FULL.includes(code)) {
    const what = `the disk of ${folder} holds no more (${code}): no more keys and values are kept there for now`;
    return new QuireError('disk_full', what, 'make room, or give less to --kv-disk (kvDisk)', options);
  }
  const what = `${folder} cannot be written (${code}): no keys and values are kept there for now`;
  const hint = 'check its permissions, or choose another folder with --data-dir (kvDiskFolder)';
  return new QuireError('cache_unwritable', what, hint, options);
}

export const folderInUse = (folder: string): QuireError =>
  new QuireError(
    'kv_folder_in_use',
    `another process keeps its keys and values in ${folder}: this one goes on without a disk behind its memory`,
    'end the other, or choose another folder with --data-dir (kvDiskFolder)',
  );
