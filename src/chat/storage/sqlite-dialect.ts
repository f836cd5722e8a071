// Kysely's SQLite dialect with three changes. A commit waits for the disk on another thread, so that it does not block the
// event loop. The error of a rollback is ignored: if the disk is full, SQLite has already rolled back, and the error of a second
// rollback would hide the cause. A transaction waits for a limited time while another program holds a lock on the database.
//
// A statement that fails because of such a lock stays open, and the next commit then fails. libsql has no call that closes the
// statement. Therefore each transaction acquires its lock at the beginning, with `exec`, which closes its statements, and
// retries that call until a deadline.

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
import type { SqliteDatabase } from '../../base/node/sqlite/sqlite-database.ts';

const RETRY_MS = 20;

/** Repeats `work` while another program holds a lock on the database, until `deadline` (in `performance.now()` time). */
export async function retryWhileBusy<Result>(deadline: number, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');

export class AsyncSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;
  readonly #busyMs: number;

  /** @param busyMs how long a call waits for other programs, including its time in the queue */
  constructor(database: SqliteDatabase, busyMs: number) {
    super(configOf(database));
    this.#database = database;
    this.#busyMs = busyMs;
  }

  override createDriver(): Driver {
    return new AsyncSqliteDriver(this.#database, this.#busyMs);
  }
}

// Kysely's driver queues the users of the only connection and closes the connection. AsyncConnection runs the statements.
const configOf = (database: SqliteDatabase): SqliteDialectConfig => ({
  database: database as unknown as Extract<SqliteDialectConfig['database'], object>,
});

class AsyncSqliteDriver extends SqliteDriver {
  readonly #database: SqliteDatabase;
  readonly #connection: AsyncConnection;
  readonly #busyMs: number;

  constructor(database: SqliteDatabase, busyMs: number) {
    super(configOf(database));
    this.#database = database;
    this.#connection = new AsyncConnection(database);
    this.#busyMs = busyMs;
  }

  override async destroy(): Promise<void> {
    await this.#database.close();
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

// These statements acquire the lock of the transaction, so that no later statement has to wait for it.
const BEGIN_STATEMENTS = {
  read: 'begin; select 1 from sqlite_schema limit 1',
  write: 'begin immediate',
} as const;

class AsyncConnection implements DatabaseConnection {
  deadline = 0;
  readonly #database: SqliteDatabase;
  #inTransaction = false;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async begin(kind: keyof typeof BEGIN_STATEMENTS): Promise<void> {
    await retryWhileBusy(this.deadline, async () => {
      try {
        await this.#database.exec(BEGIN_STATEMENTS[kind]);
      } catch (error) {
        await this.rollback();
        throw error;
      }
    });
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    await retryWhileBusy(this.deadline, () => this.#database.exec('commit'));
    this.#inTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#database.exec('rollback').catch(() => {});
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = await this.#database.prepare(sql);
    const run = async (): Promise<QueryResult<Row>> => {
      if (statement.returnsRows) return { rows: (await statement.all(parameters)) as Row[] };
      return { numAffectedRows: BigInt((await statement.run(parameters)).changes), rows: [] };
    };
    if (this.#inTransaction) return run();
    return this.#runInTransaction(statement.returnsRows ? 'read' : 'write', run);
  }

  // Runs a single statement as a transaction. The statement changes only memory; the slow commit runs on another thread.
  async #runInTransaction<Result>(
    kind: keyof typeof BEGIN_STATEMENTS,
    run: () => Promise<Result>,
  ): Promise<Result> {
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

  // biome-ignore lint/correctness/useYield: streaming rows is not supported
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('streaming rows is not supported');
  }
}
