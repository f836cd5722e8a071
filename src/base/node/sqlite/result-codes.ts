// Names of SQLite's result codes. Errors of `node:sqlite` contain only their numbers.

// Source: https://www.sqlite.org/rescode.html
const PRIMARY = [
  'OK',
  'ERROR',
  'INTERNAL',
  'PERM',
  'ABORT',
  'BUSY',
  'LOCKED',
  'NOMEM',
  'READONLY',
  'INTERRUPT',
  'IOERR',
  'CORRUPT',
  'NOTFOUND',
  'FULL',
  'CANTOPEN',
  'PROTOCOL',
  'EMPTY',
  'SCHEMA',
  'TOOBIG',
  'CONSTRAINT',
  'MISMATCH',
  'MISUSE',
  'NOLFS',
  'AUTH',
  'FORMAT',
  'RANGE',
  'NOTADB',
];

const IOERR_WRITE = 778;

/** Sets `code` of an error of `node:sqlite` to the name of its result code, such as `SQLITE_BUSY`. */
export function withResultCode(error: unknown): unknown {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  if (!(error instanceof Error) || typeof errcode !== 'number') return error;
  return Object.assign(error, { code: `SQLITE_${nameOf(errcode)}` });
}

// The lower byte of an extended result code is the primary one.
const nameOf = (code: number): string =>
  code === IOERR_WRITE ? 'IOERR_WRITE' : (PRIMARY[code & 0xff] ?? 'ERROR');
