// Ensures that only one Quire process uses a database, by an advisory lock that a dedicated connection holds. The database
// releases the lock when the connection is lost (restart, failover). The process then acquires the lock again at once, in any
// case before its next write. The network may delay the detection of a lost connection. Therefore each owner writes a token into
// the database, and each writing transaction checks the token: an owner that was replaced in the meantime cannot write.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { QuireError } from '../../base/errors.ts';
import { ignoreErrorEvents, type PostgresTiming } from './postgres-pool.ts';
import type { StoreOwner } from './store-owner.ts';

const LOCK_ID = 0x71756972; // "quir"; the second key of the lock is a hash of the schema name
const ACQUIRE = `select pg_try_advisory_lock(${LOCK_ID}, hashtext(current_schema())) as acquired`;
// With these values the database detects a lost client after 25 seconds.
const KEEPALIVE =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';
// More than one attempt, because the database may not yet have closed the connection of a process that just ended.
const MAX_ATTEMPTS = 5;
const RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;

export interface PostgresOwnerOptions {
  readonly connect: () => Client;
  readonly timing: PostgresTiming;
}

export class PostgresOwner implements StoreOwner {
  readonly token: string = randomUUID();
  readonly #options: PostgresOwnerOptions;
  #client: Client | undefined;
  #acquiring: Promise<void> | undefined;
  #replacedError: QuireError | undefined;
  #released = false;

  private constructor(options: PostgresOwnerOptions) {
    this.#options = options;
  }

  /** Acquires the lock. Rejects with `database_in_use` or the error of the database. */
  static async acquire(options: PostgresOwnerOptions): Promise<PostgresOwner> {
    const owner = new PostgresOwner(options);
    for (let attempt = 1; ; attempt++) {
      try {
        await owner.ensure();
        return owner;
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !(error instanceof QuireError)) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  async ensure(): Promise<void> {
    if (this.#replacedError !== undefined) throw this.#replacedError;
    if (this.#client !== undefined || this.#released) return;
    this.#acquiring ??= this.#acquire().finally(() => {
      this.#acquiring = undefined;
    });
    await this.#acquiring;
  }

  markReplaced(): QuireError {
    this.#replacedError ??= new QuireError(
      'database_in_use',
      'another Quire process has taken over the conversation database',
      'stop the other process and restart this one',
    );
    return this.#replacedError;
  }

  async release(): Promise<void> {
    this.#released = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #acquire(): Promise<void> {
    const client = this.#options.connect();
    ignoreErrorEvents(client);
    try {
      await client.connect();
      await client.query(KEEPALIVE);
      const { rows } = await client.query<{ acquired: boolean }>(ACQUIRE);
      if (rows[0]?.acquired !== true) throw inUse();
    } catch (error) {
      discard(client);
      throw error;
    }
    if (this.#released) {
      discard(client);
      return;
    }
    this.#client = client;
    client.once('end', () => this.#handleEnd(client));
  }

  #handleEnd(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#reacquire().catch(() => {}); // the next write tries to acquire the lock and reports the error
  }

  async #reacquire(): Promise<void> {
    for (let retryMs = RETRY_MS; ; retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)) {
      if (this.#released || this.#client !== undefined || this.#replacedError !== undefined) return;
      const acquired = await this.ensure().then(
        () => true,
        () => false,
      );
      if (acquired) return;
      await sleep(retryMs, undefined, { ref: false });
    }
  }
}

// Closes a connection. Ignores errors.
const discard = (client: Client): void => {
  client.end().catch(() => {});
};

const inUse = (): QuireError =>
  new QuireError(
    'database_in_use',
    'another Quire process uses the conversation database',
    'stop that process, or use a separate database or schema for each process',
  );
