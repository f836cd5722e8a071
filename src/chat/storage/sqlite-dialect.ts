// SQLite as Kysely speaks it, with three corrections. A commit waits for the disk on a thread of its own, because the
// event loop has others to serve meanwhile. When the disk is full SQLite has rolled back by itself: the complaint that
// there is nothing to roll back must not hide why. And another program may hold the lock of the database for a while.
//
// A statement that meets such a lock stays open, which the next commit complains of, and libsql has no call that closes
// it. So no statement ever meets one: each transaction takes the lock that it needs at its beginning, in a call that
// closes what it opened, and waits there, on no thread, for a bounded time.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type TransactionSettings,
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

const POLL_MS = 20;

/** Does `work` again while another program holds the database's lock, until `deadline` (of `performance.now()`). */
export async function whileBusy<Result>(deadline: number, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

export class CarefulSqliteDialect extends SqliteDialect {
  readonly #database: AsyncSqlite;
  readonly #busyMs: number;

  /** @param busyMs how long a call waits for other programs, its place in the queue included */
  constructor(database: AsyncSqlite, busyMs: number) {
    super(configOf(database));
    this.#database = database;
    this.#busyMs = busyMs;
  }

  override createDriver(): Driver {
    return new CarefulSqliteDriver(this.#database, this.#busyMs);
  }
}

// Kysely's driver keeps the order of those who want the connection, and closes it; statements are run here.
const configOf = (database: AsyncSqlite): SqliteDialectConfig => ({
  database: database as unknown as Extract<SqliteDialectConfig['database'], object>,
});

class CarefulSqliteDriver extends SqliteDriver {
  readonly #connection: AsyncConnection;
  readonly #busyMs: number;

  constructor(database: AsyncSqlite, busyMs: number) {
    super(configOf(database));
    this.#connection = new AsyncConnection(database);
    this.#busyMs = busyMs;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const deadline = performance.now() + this.#busyMs; // one that queues behind others does not wait anew
    await super.acquireConnection();
    this.#connection.deadline = deadline;
    return this.#connection;
  }

  override beginTransaction(_connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    return this.#connection.begin(settings?.accessMode === 'read only' ? 'read' : 'write');
  }

  override commitTransaction(): Promise<void> {
    return this.#connection.commit();
  }

  override rollbackTransaction(): Promise<void> {
    return this.#connection.rollback();
  }
}

// The lock is taken by what is said here, and not by the first statement that needs it.
const BEGIN = {
  read: 'begin; select 1 from sqlite_schema limit 1',
  write: 'begin immediate',
} as const;

class AsyncConnection implements DatabaseConnection {
  deadline = 0;
  readonly #database: AsyncSqlite;
  #inTransaction = false;

  constructor(database: AsyncSqlite) {
    this.#database = database;
  }

  async begin(kind: keyof typeof BEGIN): Promise<void> {
    await whileBusy(this.deadline, async () => {
      try {
        await this.#database.exec(BEGIN[kind]);
      } catch (error) {
        await this.rollback();
        throw error;
      }
    });
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    await whileBusy(this.deadline, () => this.#database.exec('commit'));
    this.#inTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#database.exec('rollback').catch(() => {});
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = await this.#database.prepare(sql);
    const run = async (): Promise<QueryResult<Row>> => {
      if (statement.reader) return { rows: (await statement.all(parameters)) as Row[] };
      return { numAffectedRows: BigInt(statement.run(parameters).changes), rows: [] };
    };
    if (this.#inTransaction) return run();
    return this.#inOneOfItsOwn(statement.reader ? 'read' : 'write', run);
  }

  // A statement itself changes memory only; what takes time is its commit.
  async #inOneOfItsOwn<Result>(kind: keyof typeof BEGIN, run: () => Promise<Result>): Promise<Result> {
    await this.begin(kind);
    try {
      const result = await run();
      await this.commit();
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  // biome-ignore lint/correctness/useYield: nothing here streams rows
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are not streamed');
  }
}
