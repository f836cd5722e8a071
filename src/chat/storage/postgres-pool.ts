// Connections to PostgreSQL that may end at any moment: with the server, by an administrator, by a network. Such an end
// fails the call that was under way and nothing else: node-postgres tells of it by an event that, unheard, would end
// the process. No call waits for ever either: the server is given times for statements and locks, and where it does
// not keep them (it hangs, or a network swallows what it says) the connection is given up.

import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { isUnavailable } from './storage-error.ts';

export interface PostgresTiming {
  /** for a connection: a new one, or one that another call has */
  readonly connectMs: number;
  /** for a statement, and within it for a lock */
  readonly statementMs: number;
  readonly lockMs: number;
  /** for a transaction that says nothing */
  readonly idleMs: number;
  /** beyond `statementMs`, for an answer to arrive */
  readonly graceMs: number;
}

export const POSTGRES_TIMING: PostgresTiming = {
  connectMs: 5_000,
  statementMs: 10_000,
  lockMs: 5_000,
  idleMs: 15_000,
  graceMs: 2_000,
};

/** Hears the end of a connection; the call that it fails tells of it. */
export const hearEnd = (client: { on(event: 'error', heard: () => void): unknown }): void => {
  client.on('error', () => {});
};

export class CarefulPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #timing: PostgresTiming;
  readonly #prepared = new WeakSet<PoolClient>();

  constructor(pool: Pool, timing: PostgresTiming) {
    this.#pool = pool;
    this.#timing = timing;
    hearEnd(pool);
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const careful = new CarefulClient(client, this.#timing);
    if (this.#prepared.has(client)) return careful;
    const { statementMs, lockMs, idleMs } = this.#timing;
    try {
      await careful.query(
        `set statement_timeout = ${statementMs}; set lock_timeout = ${lockMs}; ` +
          `set idle_in_transaction_session_timeout = ${idleMs}`,
        [],
      );
    } catch (error) {
      careful.giveUp();
      throw error;
    }
    this.#prepared.add(client);
    return careful;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

class CarefulClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  readonly #timing: PostgresTiming;
  #broken = false;

  constructor(client: PoolClient, timing: PostgresTiming) {
    this.#client = client;
    this.#timing = timing;
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  query<Row>(
    sql: string | PostgresCursor<Row>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<Row>> | PostgresCursor<Row> {
    if (typeof sql !== 'string') throw new Error('rows are not streamed');
    return this.#run<Row>(sql, parameters);
  }

  async #run<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // The server has rolled back already, or will when it sees that the connection is closed.
    if (this.#broken && sql === 'rollback') return { command: 'SELECT', rowCount: 0, rows: [] };
    try {
      const { command, rowCount, rows } = await this.#bounded(sql, parameters);
      return { command: command as PostgresQueryResult<Row>['command'], rowCount: rowCount ?? 0, rows };
    } catch (error) {
      if (!leavesConnection(error)) this.#broken = true;
      throw error;
    }
  }

  /** To the pool, which closes what is broken. */
  release(): void {
    this.#client.release(this.#broken);
  }

  giveUp(): void {
    this.#client.release(true);
  }

  async #bounded(text: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const { statementMs, graceMs } = this.#timing;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(silent(statementMs + graceMs)), statementMs + graceMs);
    });
    const query =
      parameters.length === 0 ? this.#client.query(text) : this.#client.query(text, [...parameters]);
    try {
      return await Promise.race([query, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

// What the server says of a statement, by a code of five characters, leaves the connection as it was; except that a
// transaction was idle for too long. Everything else has no connection any more.
const leavesConnection = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^[0-9A-Z]{5}$/.test(String(error.code)) &&
  error.code !== '25P03' &&
  !isUnavailable(error);

const silent = (ms: number): Error =>
  Object.assign(new Error(`Connection terminated: no answer for ${ms} ms`), { code: '08006' });
