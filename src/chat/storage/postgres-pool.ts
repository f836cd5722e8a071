// A pool of PostgreSQL connections, which may end at any time: with the server, by an administrator, or by a network failure.
// A lost connection fails only the current call: node-postgres emits an error event, which would crash the process without
// a listener. No call waits forever: statements and locks have timeouts on the server, and if it does not respond in time,
// the connection is closed.

import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { isUnavailable } from './storage-error.ts';

export interface PostgresTiming {
  /** timeout for a connection from the pool */
  readonly connectMs: number;
  /** timeouts for a statement, and for a lock within it */
  readonly statementMs: number;
  readonly lockMs: number;
  /** timeout for an idle transaction */
  readonly idleMs: number;
  /** additional time after `statementMs` for the response to arrive */
  readonly graceMs: number;
}

export const POSTGRES_TIMING: PostgresTiming = {
  connectMs: 5_000,
  statementMs: 10_000,
  lockMs: 5_000,
  idleMs: 15_000,
  graceMs: 2_000,
};

/** Handles the error event of a lost connection; the failing call reports the error. */
export const ignoreErrorEvents = (client: { on(event: 'error', listener: () => void): unknown }): void => {
  client.on('error', () => {});
};

export class BoundedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #timing: PostgresTiming;
  readonly #prepared = new WeakSet<PoolClient>();

  constructor(pool: Pool, timing: PostgresTiming) {
    this.#pool = pool;
    this.#timing = timing;
    ignoreErrorEvents(pool);
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const bounded = new BoundedClient(client, this.#timing);
    if (this.#prepared.has(client)) return bounded;
    const { statementMs, lockMs, idleMs } = this.#timing;
    try {
      await bounded.query(
        `set statement_timeout = ${statementMs}; set lock_timeout = ${lockMs}; ` +
          `set idle_in_transaction_session_timeout = ${idleMs}`,
        [],
      );
    } catch (error) {
      bounded.discard();
      throw error;
    }
    this.#prepared.add(client);
    return bounded;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

class BoundedClient implements PostgresPoolClient {
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
    // The server rolls back when the connection is closed.
    if (this.#broken && sql === 'rollback') return { command: 'SELECT', rowCount: 0, rows: [] };
    try {
      const { command, rowCount, rows } = await this.#bounded(sql, parameters);
      return { command: command as PostgresQueryResult<Row>['command'], rowCount: rowCount ?? 0, rows };
    } catch (error) {
      if (!isConnectionUsable(error)) this.#broken = true;
      throw error;
    }
  }

  /** Returns the connection to the pool, which closes it if it is broken. */
  release(): void {
    this.#client.release(this.#broken);
  }

  discard(): void {
    this.#client.release(true);
  }

  async #bounded(text: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const { statementMs, graceMs } = this.#timing;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(timedOut(statementMs + graceMs)), statementMs + graceMs);
    });
    const query =
      parameters.length === 0 ? this.#client.query(text) : this.#client.query(text, [...parameters]);
    try {
      return await Promise.race([query, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

// After an SQL error (a code of five characters) the connection is usable, except after the timeout of an idle transaction
// (25P03). After any other error it is closed.
const isConnectionUsable = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^[0-9A-Z]{5}$/.test(String(error.code)) &&
  error.code !== '25P03' &&
  !isUnavailable(error);

const timedOut = (ms: number): Error =>
  Object.assign(new Error(`Connection terminated: no answer for ${ms} ms`), { code: '08006' });
