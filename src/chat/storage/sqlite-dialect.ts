// Kysely's SQLite dialect with three changes. A commit waits for the disk on another thread, so that the event loop is not
// blocked. When the disk is full, SQLite has already rolled back; the error of a second rollback must not hide the cause.
// And another program may hold the lock of the database for a while.
//
// A statement that fails because of such a lock stays open, which makes the next commit fail, and libsql has no call that
// closes it. Therefore each transaction takes its lock at the beginning, with a call that closes its statement, and polls
// there for a bounded time.

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

/** The part of `libsql/promise` that is used; its own types are incomplete. */
export interface AsyncSqlite {
  /** Runs statements on another thread. */
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<AsyncStatement>;
  close(): void;
}

interface AsyncStatement {
  /** whether it returns rows */
  readonly reader: boolean;
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): { changes: number };
}

const POLL_MS = 20;

/** Repeats `work` while another program holds the database's lock, until `deadline` (in `performance.now()` time). */
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

export class AsyncSqliteDialect extends SqliteDialect {
  readonly #database: AsyncSqlite;
  readonly #busyMs: number;

  /** @param busyMs how long a call waits for other programs, including its time in the queue */
  constructor(database: AsyncSqlite, busyMs: number) {
    super(configOf(database));
    this.#database = database;
    this.#busyMs = busyMs;
  }

  override createDriver(): Driver {
    return new AsyncSqliteDriver(this.#database, this.#busyMs);
  }
}

// Kysely's driver queues the callers of the connection and closes it; statements are run here.
const configOf = (database: AsyncSqlite): SqliteDialectConfig => ({
  database: database as unknown as Extract<SqliteDialectConfig['database'], object>,
});

class AsyncSqliteDriver extends SqliteDriver {
  readonly #connection: AsyncConnection;
  readonly #busyMs: number;

  constructor(database: AsyncSqlite, busyMs: number) {
    super(configOf(database));
    this.#connection = new AsyncConnection(database);
    this.#busyMs = busyMs;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const deadline = performance.now() + this.#busyMs; // includes the time in the queue
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

// These statements take the lock, so that no later statement has to.
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
    return this.#inTransactionOf(statement.reader ? 'read' : 'write', run);
  }

  // Runs a single statement as a transaction. A statement changes only memory; its commit, which takes time, runs on another
  // thread.
  async #inTransactionOf<Result>(kind: keyof typeof BEGIN, run: () => Promise<Result>): Promise<Result> {
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
