// SQLite by libsql, which runs `exec` on another thread.

import type { SqliteDatabase } from './sqlite-database.ts';

/** The part of `libsql/promise` that is used. The types of the package are incomplete. */
interface LibsqlDatabase {
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<LibsqlStatement>;
  close(): void;
}

interface LibsqlStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): { readonly changes: number };
}

/** Rejects if the binary for this platform is not installed or cannot be loaded. */
export async function openLibsql(path: string): Promise<SqliteDatabase> {
  const { default: Database } = await import('libsql/promise');
  const database: LibsqlDatabase = new Database(path, {});
  return {
    exec: (sql) => database.exec(sql),
    prepare: async (sql) => {
      const statement = await database.prepare(sql);
      return {
        returnsRows: statement.reader,
        all: (parameters) => statement.all(parameters),
        run: async (parameters) => statement.run(parameters),
      };
    },
    close: async () => database.close(),
  };
}
