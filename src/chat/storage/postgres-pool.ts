// A pool of PostgreSQL connections with timeouts. A connection may be lost at any time: when the server stops, when an
// administrator closes the connection, or when the network fails. A lost connection fails only the current call: node-postgres
// emits an error event, which would crash the process if it had no listener. No call waits forever: statements and locks have
// timeouts on the server, and the connection is closed if the server does not respond in time.

import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { isUnavailable } from './storage-error.ts';

export interface PostgresTiming {
  /** timeout for connecting to the server */
  readonly connectMs: number;
  /** timeout for a statement */
  readonly statementMs: number;
  /** timeout for a lock that a statement waits for */
  readonly lockMs: number;
  /** how long a transaction may be idle */
  readonly idleMs: number;
  /** how long after `statementMs` the response of the server may arrive */
  readonly graceMs: number;
}

export const POSTGRES_TIMING: PostgresTiming = {
  connectMs: 5_000,
  statementMs: 10_000,
  lockMs: 5_000,
  idleMs: 15_000,
  graceMs: 2_000,
};

/** Ignores the error events of lost connections: the call that fails reports the error. */
export const ignoreErrorEvents = (client: { on(event: 'error', listener: () => void): unknown }): void => {
  client.on('error', () => {});
};

export class BoundedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #timing: PostgresTiming;
  /** connections whose timeouts are set */
  readonly #configured = new WeakSet<PoolClient>();

  constructor(pool: Pool, timing: PostgresTiming) {
    this.#pool = pool;
    this.#timing = timing;
    ignoreErrorEvents(pool);
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const bounded = new BoundedClient(client, this.#timing);
    if (this.#configured.has(client)) return bounded;
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
    this.#configured.add(client);
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
    if (typeof sql !== 'string') throw new Error('streaming rows is not supported');
    return this.#run<Row>(sql, parameters);
  }

  async #run<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    // A broken connection is closed, and the server then rolls back.
    if (this.#broken && sql === 'rollback') return { command: 'SELECT', rowCount: 0, rows: [] };
    try {
      const { command, rowCount, rows } = await this.#queryWithTimeout(sql, parameters);
      return { command: command as PostgresQueryResult<Row>['command'], rowCount: rowCount ?? 0, rows };
    } catch (error) {
      if (!isConnectionUsable(error)) this.#broken = true;
      throw error;
    }
  }

  /** Returns the connection to the pool, which closes a broken connection. */
  release(): void {
    this.#client.release(this.#broken);
  }

  discard(): void {
    this.#client.release(true);
  }

  async #queryWithTimeout(text: string, parameters: readonly unknown[]): Promise<QueryResult> {
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

// Returns whether the connection is usable after an error: it is after SQL errors, which have a code of five characters, except
// the timeout of an idle transaction (25P03). After all other errors the connection is closed.
const isConnectionUsable = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^[0-9A-Z]{5}$/.test(String(error.code)) &&
  error.code !== '25P03' &&
  !isUnavailable(error);

const timedOut = (ms: number): Error =>
  Object.assign(new Error(`Connection terminated: no response for ${ms} ms`), { code: '08006' });
