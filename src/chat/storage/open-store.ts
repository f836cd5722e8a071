// Opens the conversation store: an SQLite file in a folder, or a PostgreSQL database.

import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { openPostgresStore } from './open-postgres.ts';
import { openSqliteStore } from './open-sqlite.ts';

export { openMemoryStore, openSqliteStore } from './open-sqlite.ts';

export interface OpenStoreOptions {
  /** folder of the database, which only one process can use at a time */
  readonly dataDir: string;
  /** address of a PostgreSQL database to use instead of the data folder */
  readonly database?: string | undefined;
  /** called with warnings, for example that other users can read the folder */
  readonly onWarning?: (warning: QuireError) => void;
}

/**
 * Opens the store that the options select. Rejects with `bad_option`, `data_folder_in_use`, `database_in_use`,
 * `storage_unavailable`, `storage_failed`, `disk_full` or `storage_busy`.
 */
export async function openStore({
  dataDir,
  database,
  onWarning,
}: OpenStoreOptions): Promise<ConversationStore> {
  if (database === undefined) return openSqliteStore(dataDir, { onWarning });
  if (/^postgres(ql)?:\/\//.test(database)) return openPostgresStore(database, { onWarning });
  const withoutPassword = database.replace(/\/\/[^@/]*@/, '//...@');
  throw new QuireError(
    'bad_option',
    `database is not a PostgreSQL address: ${withoutPassword}`,
    'use postgres://USER@HOST/NAME, or omit the option',
  );
}
