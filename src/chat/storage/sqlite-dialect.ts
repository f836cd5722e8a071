// SQLite as Kysely speaks it, with two corrections. A commit waits for the disk on a thread of its own, because the
// event loop has others to serve meanwhile. And when the disk is full SQLite has rolled back by itself: the complaint
// that there is nothing to roll back must not hide why.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely';

/** What is used of `libsql/promise`, whose own types say little. */
export interface AsyncSqlite {
  /** runs statements on another thread */
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<AsyncStatement>;
  close(): void;
}

interface AsyncStatement {
  /** it gives rows */
  readonly reader: boolean;
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): { changes: number };
}

export class CarefulSqliteDialect extends SqliteDialect {
  readonly #database: AsyncSqlite;

  constructor(database: AsyncSqlite) {
    super(configOf(database));
    this.#database = database;
  }

  override createDriver(): Driver {
    return new CarefulSqliteDriver(this.#database);
  }
}

// Kysely's driver keeps the order of those who want the connection, and closes it; statements are run here.
const configOf = (database: AsyncSqlite): SqliteDialectConfig => ({
  database: database as unknown as Extract<SqliteDialectConfig['database'], object>,
});

const BOUNDS: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback']);

class CarefulSqliteDriver extends SqliteDriver {
  readonly #connection: AsyncConnection;

  constructor(database: AsyncSqlite) {
    super(configOf(database));
    this.#connection = new AsyncConnection(database);
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await super.acquireConnection();
    return this.#connection;
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}

class AsyncConnection implements DatabaseConnection {
  readonly #database: AsyncSqlite;
  #inTransaction = false;

  constructor(database: AsyncSqlite) {
    this.#database = database;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (BOUNDS.has(sql)) {
      this.#inTransaction = false;
      await this.#database.exec(sql);
      this.#inTransaction = sql === 'begin';
      return { rows: [] };
    }
    const statement = await this.#database.prepare(sql);
    if (statement.reader) return { rows: (await statement.all(parameters)) as Row[] };
    const run = (): QueryResult<Row> => ({
      numAffectedRows: BigInt(statement.run(parameters).changes),
      rows: [],
    });
    return this.#inTransaction ? run() : this.#inOneOfItsOwn(run);
  }

  // A statement itself changes memory only; what takes time is its commit.
  async #inOneOfItsOwn<Result>(run: () => Result): Promise<Result> {
    await this.#database.exec('begin');
    try {
      const result = run();
      await this.#database.exec('commit');
      return result;
    } catch (error) {
      await this.#database.exec('rollback').catch(() => {});
      throw error;
    }
  }

  // biome-ignore lint/correctness/useYield: nothing here streams rows
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are not streamed');
  }
}
