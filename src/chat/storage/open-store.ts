// Opens the conversation store: an SQLite file in a folder, or a PostgreSQL database.

import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { openPostgresStore } from './open-postgres.ts';
import { openSqliteStore } from './open-sqlite.ts';

export { openMemoryStore, openSqliteStore } from './open-sqlite.ts';

export interface OpenStoreOptions {
  readonly dataDir: string;
  /** address of a PostgreSQL database; by default the data folder is used */
  readonly database?: string | undefined;
  /** called with warnings that do not prevent operation */
  readonly onWarning?: (warning: QuireError) => void;
}

/** Rejects with `data_folder_in_use`, `database_in_use`, `storage_unavailable`, `storage_failed`, `disk_full`, `bad_option`. */
export function openStore({ dataDir, database, onWarning }: OpenStoreOptions): Promise<ConversationStore> {
  if (database === undefined) return openSqliteStore(dataDir, { onWarning });
  if (/^postgres(ql)?:\/\//.test(database)) return openPostgresStore(database, { onWarning });
  const shown = database.replace(/\/\/[^@/]*@/, '//...@');
  throw new QuireError(
    'bad_option',
    `the database is ${shown}`,
    'use postgres://USER@HOST/NAME, or remove the option',
  );
}
