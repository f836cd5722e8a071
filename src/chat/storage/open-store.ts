// Opens the database that an address names: a folder, where SQLite keeps a file, or a PostgreSQL server.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CompiledQuery, Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { KyselyStore } from './kysely-store.ts';
import { POSTGRES_NAMES, SQLITE_NAMES } from './migrations.ts';
import type { Tables } from './schema.ts';
import { storageError } from './storage-error.ts';

/** In `FOLDER/quire.db`, which one process has at a time. Raises `data_folder_in_use` and `storage_failed`. */
export async function openSqliteStore(folder: string): Promise<ConversationStore> {
  try {
    await mkdir(folder, { recursive: true });
    const { default: Database } = await import('libsql');
    const file = new Database(join(folder, 'quire.db'), { timeout: 0 });
    const dialect = new SqliteDialect({
      database: file,
      onCreateConnection: async (connection) => {
        // Exclusive, so that a second server is refused and a dead one holds nothing; a commit waits for the disk.
        for (const pragma of [
          'locking_mode = exclusive',
          'journal_mode = wal',
          'synchronous = full',
          'foreign_keys = on',
        ])
          await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
      },
    });
    return await KyselyStore.open(new Kysely<Tables>({ dialect }), SQLITE_NAMES);
  } catch (error) {
    throw storageError(error);
  }
}

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
