// Converts database errors to QuireErrors. The original message, which may contain statements and texts, is a detail for the
// operator.

import { QuireError, type QuireErrorOptions } from '../../base/errors.ts';

const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', '53100', 'ENOSPC', 'EDQUOT']);
// PostgreSQL: timeout of a statement or a lock, or a conflict of two transactions.
const BUSY = /^(SQLITE_(BUSY|LOCKED)|57014$|55P03$|25P03$|40001$|40P01$)/;
// PostgreSQL: no connection, a lost one, too many, or a server that is starting or stopping.
const UNAVAILABLE =
  /^(08|53300$|57P0[123]$|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)$)/;
const LOST = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** Returns whether a connection to PostgreSQL was lost or could not be established. */
export const isUnavailable = (error: unknown): boolean =>
  UNAVAILABLE.test(codeOf(error)) || (error instanceof Error && LOST.test(error.message));

export function storageError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = codeOf(error);
  const more: QuireErrorOptions = { cause: error, detail: detailOf(error) };
  if (FULL.has(code))
    return new QuireError('disk_full', 'the conversations cannot be written', 'free disk space', more);
  if (BUSY.test(code)) return busy(more);
  if (isUnavailable(error))
    return new QuireError(
      'storage_unavailable',
      'the conversation database cannot be reached',
      'try again in a moment',
      more,
    );
  return new QuireError(
    'storage_failed',
    'the database failed',
    'see the log of the server, or `detail` of the error',
    more,
  );
}

/** A call that timed out. */
const busy = (more: QuireErrorOptions): QuireError =>
  new QuireError(
    'storage_busy',
    'the conversation database is locked by another program, or too slow',
    'try again in a moment',
    more,
  );

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function detailOf(error: unknown): string {
  const code = codeOf(error);
  // For a host with several addresses, the error has one part for each and no message.
  const parts = error instanceof AggregateError ? error.errors.map(detailOf) : [];
  const what = error instanceof Error ? error.message : String(error);
  const all = [what, ...parts].filter((part) => part !== '').join(', ');
  return code === '' || all.includes(code) ? all : `${all}, ${code}`;
}
