// Opens the database that an address names: a folder, where SQLite keeps a file, or a PostgreSQL server.

import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { openPostgresStore } from './open-postgres.ts';
import { openSqliteStore } from './open-sqlite.ts';

export { openMemoryStore, openSqliteStore } from './open-sqlite.ts';

export interface OpenStoreOptions {
  readonly dataDir: string;
  /** names a PostgreSQL server; without it the data folder is used */
  readonly database?: string | undefined;
  /** told of what is not as it should be, and does not hinder */
  readonly onWarning?: (warning: QuireError) => void;
}

/** Raises `data_folder_in_use`, `database_in_use`, `storage_unavailable`, `storage_failed`, `disk_full`, `bad_option`. */
export function openStore({ dataDir, database, onWarning }: OpenStoreOptions): Promise<ConversationStore> {
  if (database === undefined) return openSqliteStore(dataDir, { onWarning });
  if (/^postgres(ql)?:\/\//.test(database)) return openPostgresStore(database, { onWarning });
  const shown = database.replace(/\/\/[^@/]*@/, '//...@');
  throw new QuireError(
    'bad_option',
    `the database is ${shown}`,
    'give postgres://USER@HOST/NAME, or leave it out',
  );
}
