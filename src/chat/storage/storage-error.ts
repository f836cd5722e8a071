// Converts database errors to QuireErrors. The original message may contain statements and texts of users, so it becomes the
// detail of the error, which only the operator can read.

import { QuireError, type QuireErrorOptions } from '../../base/errors.ts';

const DISK_FULL_CODES = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', '53100', 'ENOSPC', 'EDQUOT']);
// Also the codes that libsql has no names for: the lower byte of an extended result code is the primary one.
const READONLY_CODES = /^SQLITE_(READONLY|CANTOPEN|PERM)|^UNKNOWN_SQLITE_ERROR_(264|520|776|1032|1288|1544)$/;
// In PostgreSQL: the timeout of a statement, lock or idle transaction, or a conflict of two transactions.
const BUSY_CODES = /^(SQLITE_(BUSY|LOCKED)|57014$|55P03$|25P03$|40001$|40P01$)/;
// In PostgreSQL: no connection, a lost connection, too many connections, or a server that is starting or stopping.
const UNAVAILABLE_CODES =
  /^(08|53300$|57P0[123]$|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)$)/;
const CONNECTION_LOST_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** Returns whether a connection to PostgreSQL was lost or could not be established. */
export const isUnavailable = (error: unknown): boolean =>
  UNAVAILABLE_CODES.test(codeOf(error)) ||
  (error instanceof Error && CONNECTION_LOST_MESSAGES.test(error.message));

export function storageError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = codeOf(error);
  const options: QuireErrorOptions = { cause: error, detail: detailOf(error) };
  if (DISK_FULL_CODES.has(code))
    return new QuireError('disk_full', 'the conversations cannot be written', 'free disk space', options);
  if (READONLY_CODES.test(code))
    return new QuireError(
      'storage_failed',
      'the conversation database cannot be opened or written',
      'check the permissions of the data folder and its files, or choose another folder with --data-dir (dataDir)',
      options,
    );
  if (BUSY_CODES.test(code))
    return new QuireError(
      'storage_busy',
      'the conversation database is locked by another program, or too slow',
      'try again in a moment',
      options,
    );
  if (isUnavailable(error))
    return new QuireError(
      'storage_unavailable',
      'the conversation database cannot be reached',
      'try again in a moment',
      options,
    );
  return new QuireError(
    'storage_failed',
    'the database failed',
    'see the log of the server, or `detail` of the error',
    options,
  );
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function detailOf(error: unknown): string {
  const code = codeOf(error);
  // If a host has several addresses, the error contains one error for each address and no message.
  const parts = error instanceof AggregateError ? error.errors.map(detailOf) : [];
  const message = error instanceof Error ? error.message : String(error);
  const allParts = [message, ...parts].filter((part) => part !== '').join(', ');
  return code === '' || allParts.includes(code) ? allParts : `${allParts}, ${code}`;
}
