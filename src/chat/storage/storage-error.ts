// What a database says when it fails, in the words of the catalogue. Its own words, which may hold statements and
// texts, are a detail for who runs the server.

import { QuireError, type QuireErrorOptions } from '../../base/errors.ts';

const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', '53100', 'ENOSPC', 'EDQUOT']);
// Of PostgreSQL: a statement or a wait for a lock took too long, or two transactions were in each other's way.
const BUSY = /^(SQLITE_(BUSY|LOCKED)|57014$|55P03$|25P03$|40001$|40P01$)/;
// Of PostgreSQL: no connection, one that ended, too many, a server that starts or stops.
const UNAVAILABLE =
  /^(08|53300$|57P0[123]$|E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)$)/;
const LOST = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** Whether a connection to PostgreSQL ended, or never came about. */
export const isUnavailable = (error: unknown): boolean =>
  UNAVAILABLE.test(codeOf(error)) || (error instanceof Error && LOST.test(error.message));

export function storageError(error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = codeOf(error);
  const more: QuireErrorOptions = { cause: error, detail: detailOf(error) };
  if (FULL.has(code))
    return new QuireError('disk_full', 'the conversations cannot be written', 'make room on the disk', more);
  if (BUSY.test(code)) return busy(more);
  if (isUnavailable(error))
    return new QuireError(
      'storage_unavailable',
      'the database of the conversations cannot be reached',
      'try again in a moment',
      more,
    );
  return new QuireError(
    'storage_failed',
    'the database failed',
    'the log of the server, or `detail` of the error, says why',
    more,
  );
}

/** A call that waited as long as it may. */
const busy = (more: QuireErrorOptions): QuireError =>
  new QuireError(
    'storage_busy',
    'another program holds the database of the conversations, or it is too slow',
    'try again in a moment',
    more,
  );

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function detailOf(error: unknown): string {
  const code = codeOf(error);
  // A host with several addresses fails with all of them, and says nothing itself.
  const parts = error instanceof AggregateError ? error.errors.map(detailOf) : [];
  const what = error instanceof Error ? error.message : String(error);
  const all = [what, ...parts].filter((part) => part !== '').join(', ');
  return code === '' || all.includes(code) ? all : `${all}, ${code}`;
}
