// Allows one Quire process at a time to use a database: an advisory lock, held by a dedicated connection. The lock ends with
// the connection (restart of the database, failover), so it is taken again at once, and before anything is written. A
// network may delay the detection of a lost connection. Therefore each owner writes its token into the database, and each
// writing transaction checks it: an owner that was replaced meanwhile cannot write.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { QuireError } from '../../base/errors.ts';
import { ignoreErrorEvents, type PostgresTiming } from './postgres-pool.ts';
import type { StoreOwner } from './store-owner.ts';

const LOCK = 0x71756972; // "quir"; the second part of the lock's name is the schema
const TAKE = `select pg_try_advisory_lock(${LOCK}, hashtext(current_schema())) as taken`;
// With these values the database detects a vanished client after 25 seconds.
const KEEPALIVE =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';
// The connection of a process that ended a moment ago may still exist.
const TRIES = 5;
const TRY_AGAIN_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface PostgresOwnerOptions {
  readonly connect: () => Client;
  readonly timing: PostgresTiming;
}

export class PostgresOwner implements StoreOwner {
  readonly token: string = randomUUID();
  readonly #options: PostgresOwnerOptions;
  #client: Client | undefined;
  #taking: Promise<void> | undefined;
  #replaced: QuireError | undefined;
  #released = false;

  private constructor(options: PostgresOwnerOptions) {
    this.#options = options;
  }

  /** Takes the lock. Rejects with `database_in_use` or the error of the database. */
  static async take(options: PostgresOwnerOptions): Promise<PostgresOwner> {
    const owner = new PostgresOwner(options);
    for (let tries = 1; ; tries++) {
      try {
        await owner.ensure();
        return owner;
      } catch (error) {
        if (tries === TRIES || !(error instanceof QuireError)) throw error;
        await sleep(TRY_AGAIN_MS);
      }
    }
  }

  async ensure(): Promise<void> {
    if (this.#replaced !== undefined) throw this.#replaced;
    if (this.#client !== undefined || this.#released) return;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    await this.#taking;
  }

  supersede(): QuireError {
    this.#replaced ??= new QuireError(
      'database_in_use',
      'another Quire process has taken over the conversation database',
      'stop the other process and restart this one',
    );
    return this.#replaced;
  }

  async release(): Promise<void> {
    this.#released = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #take(): Promise<void> {
    const client = this.#options.connect();
    ignoreErrorEvents(client);
    try {
      await client.connect();
      await client.query(KEEPALIVE);
      const { rows } = await client.query<{ taken: boolean }>(TAKE);
      if (rows[0]?.taken !== true) throw inUse();
    } catch (error) {
      discard(client);
      throw error;
    }
    if (this.#released) {
      discard(client);
      return;
    }
    this.#client = client;
    client.once('end', () => this.#lost(client));
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#takeAgain().catch(() => {}); // the next write tries again and reports the error
  }

  async #takeAgain(): Promise<void> {
    for (let pauseMs = TRY_AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (this.#released || this.#client !== undefined || this.#replaced !== undefined) return;
      const taken = await this.ensure().then(
        () => true,
        () => false,
      );
      if (taken) return;
      await sleep(pauseMs, undefined, { ref: false });
    }
  }
}

// Closes a connection and ignores errors.
const discard = (client: Client): void => {
  client.end().catch(() => {});
};

const inUse = (): QuireError =>
  new QuireError(
    'database_in_use',
    'another Quire process uses the conversation database',
    'stop it, or use a separate database or schema for each',
  );
