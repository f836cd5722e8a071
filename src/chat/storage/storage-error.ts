// What a database says when it fails, in the words of the catalogue.

import { QuireError } from '../../base/errors.ts';

const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', '53100', 'ENOSPC']);

export function storageError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  const what = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (FULL.has(code))
    return new QuireError(
      'disk_full',
      `the conversations cannot be written: ${what}`,
      'make room on the disk',
      cause,
    );
  return new QuireError(
    'storage_failed',
    `the database failed: ${what}`,
    'look at the database and try again',
    cause,
  );
}
