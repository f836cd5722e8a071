// One Quire at a time for a database: an advisory lock, held by a connection of its own for as long as both live. The
// end of the connection (a restart of the database, a failover) ends the lock, so it is taken again at once, and
// before anything is written. A network may hide that end for a while. So each owner writes its token into the
// database, and each writing transaction reads it there: who was replaced meanwhile cannot write.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { QuireError } from '../../base/errors.ts';
import { hearEnd, type PostgresTiming } from './postgres-pool.ts';
import type { StoreOwner } from './store-owner.ts';

const LOCK = 0x71756972; // "quir"; the second part of the lock's name is the schema
const TAKE = `select pg_try_advisory_lock(${LOCK}, hashtext(current_schema())) as taken`;
// A database whose Quire vanished with its machine or its network finds out after these seconds.
const KEEPALIVE =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3';
// The connection of a Quire that ended a moment ago may still be there.
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

  /** Raises `database_in_use`, and what the database says. */
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
      'another Quire has used the database of the conversations meanwhile',
      'end the other, and start this one again',
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
    hearEnd(client);
    try {
      await client.connect();
      await client.query(KEEPALIVE);
      const { rows } = await client.query<{ taken: boolean }>(TAKE);
      if (rows[0]?.taken !== true) throw inUse();
    } catch (error) {
      giveUp(client);
      throw error;
    }
    if (this.#released) {
      giveUp(client);
      return;
    }
    this.#client = client;
    client.once('end', () => this.#lost(client));
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#takeAgain().catch(() => {}); // whoever writes asks again, and is told
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

// Nothing is asked of it any more, so it does not matter how it ends.
const giveUp = (client: Client): void => {
  client.end().catch(() => {});
};

const inUse = (): QuireError =>
  new QuireError(
    'database_in_use',
    'another Quire has the database of the conversations',
    'end it, or give each its own database or schema',
  );
