// Opens the database that an address names: a folder, where SQLite keeps a file, or a PostgreSQL server.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { QuireError } from '../../base/errors.ts';
import { FolderLock } from '../../base/node/folder-lock.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { KyselyStore } from './kysely-store.ts';
import { POSTGRES_NAMES, SQLITE_NAMES } from './migrations.ts';
import type { Tables } from './schema.ts';
import { type AsyncSqlite, CarefulSqliteDialect } from './sqlite-dialect.ts';
import { storageError } from './storage-error.ts';

/** In `FOLDER/quire.db`, which one process has at a time. Raises `data_folder_in_use` and `storage_failed`. */
export async function openSqliteStore(folder: string): Promise<ConversationStore> {
  let lock: FolderLock | undefined;
  try {
    await mkdir(folder, { recursive: true });
    lock = await FolderLock.take(join(folder, 'lock'));
    if (lock === undefined) throw folderInUse(folder);
    const dialect = new CarefulSqliteDialect(await openSqlite(join(folder, 'quire.db')));
    const held = lock;
    return await KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES, () => held.release());
  } catch (error) {
    await lock?.release();
    throw storageError(error);
  }
}

/** Gone when the process ends: for tests, and for servers that are to keep nothing. */
export async function openMemoryStore(): Promise<ConversationStore> {
  const dialect = new CarefulSqliteDialect(await openSqlite(':memory:'));
  return KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES);
}

// A commit waits for the disk, so that what was acknowledged outlives a power failure too.
async function openSqlite(path: string): Promise<AsyncSqlite> {
  const { default: Database } = await import('libsql/promise');
  const database: AsyncSqlite = new Database(path, {});
  for (const pragma of ['journal_mode = wal', 'synchronous = full', 'foreign_keys = on'])
    await database.exec(`pragma ${pragma}`);
  return database;
}

const folderInUse = (folder: string): QuireError =>
  new QuireError(
    'data_folder_in_use',
    `another Quire uses ${folder}`,
    'end it, or choose another folder with --data-dir',
  );

/** At `postgres://...`. Raises `storage_failed`. */
export async function openPostgresStore(address: string): Promise<ConversationStore> {
  try {
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ connectionString: address, max: 4 });
    pool.on('error', () => {}); // a connection that ends while idle is made again
    return await KyselyStore.open(
      new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
      POSTGRES_NAMES,
    );
  } catch (error) {
    throw storageError(error);
  }
}

/** `database` names a PostgreSQL server; without it the data folder is used. Raises `bad_option` too. */
export function openStore(options: {
  dataDir: string;
  database?: string | undefined;
}): Promise<ConversationStore> {
  const { dataDir, database } = options;
  if (database === undefined) return openSqliteStore(dataDir);
  if (/^postgres(ql)?:\/\//.test(database)) return openPostgresStore(database);
  const shown = database.replace(/\/\/[^@/]*@/, '//...@');
  throw new QuireError(
    'bad_option',
    `the database is ${shown}`,
    'give postgres://USER@HOST/NAME, or leave it out',
  );
}
