// Opens SQLite databases with libsql, whose binary npm installs for most platforms, or with the SQLite of Node.js.

import { isMainThread } from 'node:worker_threads';
import { QuireError } from '../../errors.ts';
import { openLibsql } from './libsql.ts';
import { NodeSqlite } from './node-sqlite.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

export type SqliteLibrary = 'libsql' | 'node:sqlite';

export interface SqliteChoice {
  /** absent if there is none */
  readonly library?: SqliteLibrary;
  /** why libsql is not used */
  readonly reason?: string;
}

const OPENERS: Readonly<Record<SqliteLibrary, (path: string) => Promise<SqliteDatabase>>> = {
  libsql: openLibsql,
  'node:sqlite': (path) => NodeSqlite.open(path),
};

let choice: Promise<SqliteChoice> | undefined;

/** Opens the database `path`, or one in memory (`:memory:`). Rejects with `sqlite_unavailable`, or with the error of SQLite. */
export async function openSqliteDatabase(path: string): Promise<SqliteDatabase> {
  const { library, reason } = await sqliteChoice();
  if (library !== undefined) return OPENERS[library](path);
  throw noSqliteError(reason);
}

export const noSqliteError = (reason = 'unknown'): QuireError =>
  new QuireError(
    'sqlite_unavailable',
    `there is no SQLite for ${process.platform}-${process.arch} with Node.js ${process.versions.node}: ${reason}`,
    process.env.QUIRE_SQLITE
      ? 'unset QUIRE_SQLITE'
      : 'install the optional dependencies (npm install --include=optional quire-llm; if they are damaged, remove the folder node_modules/@libsql first), or use Node.js 22.16 or later',
  );

/** Returns the library that this process uses: libsql if it can be loaded. `QUIRE_SQLITE=node` selects `node:sqlite`. */
export function sqliteChoice(): Promise<SqliteChoice> {
  choice ??= choose();
  return choice;
}

async function choose(): Promise<SqliteChoice> {
  const { QUIRE_SQLITE: required } = process.env;
  if (required && required !== 'node') return { reason: `QUIRE_SQLITE is ${required}, but can only be node` };
  const tryLibsql = (): Promise<string | undefined> => reasonOfFailure(() => openLibsql(':memory:'));
  const reason = reasonForNode(required) ?? (await tryLibsql());
  if (reason === undefined) return { library: 'libsql' };
  const nodeReason = await reasonOfFailure(() => NodeSqlite.open(':memory:'));
  if (nodeReason === undefined) return { library: 'node:sqlite', reason };
  if (!required && !isMainThread && (await tryLibsql()) === undefined) return { library: 'libsql' }; // Node 20
  return { reason: `${reason}; ${nodeReason}` };
}

// Returns why to use `node:sqlite` even if libsql can be loaded.
function reasonForNode(required: string | undefined): string | undefined {
  if (required) return `QUIRE_SQLITE is ${required}`;
  if (!isMainThread) return 'it ends the process if a worker thread that uses it is terminated';
  return undefined;
}

async function reasonOfFailure(open: () => Promise<SqliteDatabase>): Promise<string | undefined> {
  try {
    await (await open()).close();
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.split('\n', 1)[0]; // Node appends the files that tried to load a module
  }
}
