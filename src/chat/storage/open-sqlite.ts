// Opens the conversation store in an SQLite database, either in a private folder that one process can use at a time, or in
// memory.

import { closeSync, openSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { QuireError } from '../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../../base/node/private-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import { openSqliteDatabase } from '../../base/node/sqlite/open-sqlite-database.ts';
import type { SqliteDatabase } from '../../base/node/sqlite/sqlite-database.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { DiskReserve } from './disk-reserve.ts';
import { KyselyStore } from './kysely-store.ts';
import { SQLITE_NAMES } from './migrations.ts';
import type { Tables } from './schema.ts';
import { AsyncSqliteDialect, retryWhileBusy } from './sqlite-dialect.ts';
import { storageError } from './storage-error.ts';

export interface SqliteOptions {
  /** called if other users can read the folder */
  readonly onWarning?: ((warning: QuireError) => void) | undefined;
  /** how long a call waits while another program holds a lock on the database; 5 s by default */
  readonly busyMs?: number | undefined;
}

const BUSY_MS = 5_000;

/**
 * Opens `FOLDER/quire.db`. Rejects with `data_folder_in_use`, `disk_full`, `storage_busy` or `storage_failed`; with the last
 * code also if the folder cannot be created.
 */
export async function openSqliteStore(
  folder: string,
  { onWarning, busyMs = BUSY_MS }: SqliteOptions = {},
): Promise<ConversationStore> {
  const lock = await lockFolder(folder, onWarning);
  try {
    const path = join(folder, 'quire.db');
    await makePrivateFile(path);
    const dialect = new AsyncSqliteDialect(await openSqlite(path, busyMs), busyMs);
    const reserve = new DiskReserve(join(folder, 'reserve'));
    const restoring = reserve.restore();
    const store = await KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES, {
      reserve,
      inProcess: true,
      onClose: async () => {
        await restoring;
        await lock.release();
      },
    });
    return store;
  } catch (error) {
    await lock.release();
    throw storageError(error);
  }
}

/** Opens a database in memory, for tests and for servers without persistent data. */
export async function openMemoryStore(): Promise<ConversationStore> {
  const dialect = new AsyncSqliteDialect(await openSqlite(':memory:', 0), 0);
  return KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES, { inProcess: true });
}

async function lockFolder(folder: string, onWarning: SqliteOptions['onWarning']): Promise<ProcessLock> {
  let lock: ProcessLock | undefined;
  try {
    const warning = await makePrivateFolder(folder);
    lock = await ProcessLock.tryAcquire(join(folder, 'owner.lock'), PRIVATE_FILE_MODE);
    if (warning !== undefined) onWarning?.(warning);
  } catch (error) {
    if (error instanceof QuireError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new QuireError(
      'storage_failed',
      `the data folder ${folder} cannot be used (${code})`,
      'choose another folder with --data-dir (dataDir), or correct the permissions of this one',
      { cause: error },
    );
  }
  if (lock === undefined)
    throw new QuireError(
      'data_folder_in_use',
      `another Quire process uses ${folder}`,
      'stop that process, or choose another folder with --data-dir (dataDir)',
    );
  return lock;
}

// Creates the database file with the mode of a private file. SQLite creates its other files with the same mode. The calls are
// synchronous, because closing the file later would release the locks that SQLite holds on it.
async function makePrivateFile(path: string): Promise<void> {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE_MODE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    for (const file of [path, `${path}-wal`, `${path}-shm`])
      await chmod(file, PRIVATE_FILE_MODE).catch(() => {});
  }
}

// `synchronous = full`: a commit waits for the disk, so that acknowledged writes survive a power failure.
async function openSqlite(path: string, busyMs: number): Promise<SqliteDatabase> {
  const database = await openSqliteDatabase(path);
  const deadline = performance.now() + busyMs;
  try {
    for (const pragma of ['journal_mode = wal', 'synchronous = full', 'foreign_keys = on'])
      await retryWhileBusy(deadline, () => database.exec(`pragma ${pragma}`));
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
