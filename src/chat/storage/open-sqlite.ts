// Conversations in a file of SQLite: in a folder that is its user's own and that one process has at a time, or in memory.

import { closeSync, openSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { QuireError } from '../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE } from '../../base/node/private-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { DiskReserve } from './disk-reserve.ts';
import { KyselyStore } from './kysely-store.ts';
import { SQLITE_NAMES } from './migrations.ts';
import type { Tables } from './schema.ts';
import { type AsyncSqlite, CarefulSqliteDialect, whileBusy } from './sqlite-dialect.ts';
import { storageError } from './storage-error.ts';

export interface SqliteOptions {
  /** told that others can read the folder */
  readonly onWarning?: ((warning: QuireError) => void) | undefined;
  /** how long a call waits while another program has the database locked; 5 s by default */
  readonly busyMs?: number | undefined;
}

const BUSY_MS = 5_000;

/**
 * In `FOLDER/quire.db`. Raises `data_folder_in_use`, `cache_unwritable` where the folder cannot be had, `disk_full`,
 * `storage_busy` and `storage_failed`.
 */
export async function openSqliteStore(
  folder: string,
  { onWarning, busyMs = BUSY_MS }: SqliteOptions = {},
): Promise<ConversationStore> {
  const lock = await takeFolder(folder, onWarning);
  try {
    const path = join(folder, 'quire.db');
    await makePrivateFile(path);
    const dialect = new CarefulSqliteDialect(await openSqlite(path, busyMs), busyMs);
    const reserve = new DiskReserve(join(folder, 'reserve'));
    const reserved = reserve.restore();
    const store = await KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES, {
      reserve,
      inProcess: true,
      onClose: async () => {
        await reserved;
        await lock.release();
      },
    });
    return store;
  } catch (error) {
    await lock.release();
    throw storageError(error);
  }
}

/** Gone when the process ends: for tests, and for servers that are to keep nothing. */
export async function openMemoryStore(): Promise<ConversationStore> {
  const dialect = new CarefulSqliteDialect(await openSqlite(':memory:', 0), 0);
  return KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES, { inProcess: true });
}

async function takeFolder(folder: string, onWarning: SqliteOptions['onWarning']): Promise<ProcessLock> {
  let lock: ProcessLock | undefined;
  try {
    const wide = await makePrivateFolder(folder);
    lock = await ProcessLock.take(join(folder, 'owner.lock'), PRIVATE_FILE);
    if (wide !== undefined) onWarning?.(wide);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new QuireError(
      'storage_failed',
      `the data folder ${folder} cannot be used (${code})`,
      'choose another with --data-dir (dataDir), or correct its permissions',
      { cause: error },
    );
  }
  if (lock === undefined)
    throw new QuireError(
      'data_folder_in_use',
      `another Quire uses ${folder}`,
      'end it, or choose another folder with --data-dir (dataDir)',
    );
  return lock;
}

// SQLite gives its other files the mode of the first. It is made in one go: closing a file ends the locks that SQLite
// has on it.
async function makePrivateFile(path: string): Promise<void> {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    for (const file of [path, `${path}-wal`, `${path}-shm`]) await chmod(file, PRIVATE_FILE).catch(() => {});
  }
}

// A commit waits for the disk, so that what was acknowledged outlives a power failure too.
async function openSqlite(path: string, busyMs: number): Promise<AsyncSqlite> {
  const { default: Database } = await import('libsql/promise');
  const database: AsyncSqlite = new Database(path, {});
  const deadline = performance.now() + busyMs;
  try {
    for (const pragma of ['journal_mode = wal', 'synchronous = full', 'foreign_keys = on'])
      await whileBusy(deadline, () => database.exec(`pragma ${pragma}`));
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
