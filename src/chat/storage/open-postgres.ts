// Opens the conversation store in a PostgreSQL database, which only one Quire process uses at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { ClientConfig } from 'pg';
import { defined } from '../../base/defined.ts';
import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { KyselyStore } from './kysely-store.ts';
import { POSTGRES_NAMES } from './migrations.ts';
import { PostgresOwner } from './postgres-owner.ts';
import { BoundedPool, ignoreErrorEvents, POSTGRES_TIMING, type PostgresTiming } from './postgres-pool.ts';
import type { Tables } from './schema.ts';
import { storageError } from './storage-error.ts';

export interface PostgresOptions {
  readonly timing?: PostgresTiming | undefined;
  /** how long to wait for a database that is still starting; 10 s by default */
  readonly startMs?: number | undefined;
  /** called once if the database is not reachable at first */
  readonly onWarning?: ((warning: QuireError) => void) | undefined;
}

const CONNECTIONS = 4;
const START_MS = 10_000;
const START_POLL_MS = 250;

/** Opens `postgres://...`. Rejects with `database_in_use`, `storage_unavailable` or `storage_failed`. */
export async function openPostgresStore(
  address: string,
  { timing = POSTGRES_TIMING, startMs = START_MS, onWarning }: PostgresOptions = {},
): Promise<ConversationStore> {
  const deadline = performance.now() + startMs;
  for (let warned = false; ; ) {
    try {
      return await open(address, timing);
    } catch (thrown) {
      const error = storageError(thrown);
      if (error.code !== 'storage_unavailable' || performance.now() >= deadline) throw error;
      if (!warned) onWarning?.(waitingWarning(startMs, error));
      warned = true;
      await sleep(START_POLL_MS);
    }
  }
}

async function open(address: string, timing: PostgresTiming): Promise<ConversationStore> {
  const { default: pg } = await import('pg');
  const options = {
    connectionString: address,
    connectionTimeoutMillis: timing.connectMs,
    keepAlive: true,
    application_name: 'quire',
  };
  const connect = () => new pg.Client({ ...options, query_timeout: timing.statementMs + timing.graceMs });
  const owner = await PostgresOwner.take({ connect, timing });
  try {
    // Adds the error listener in the constructor, because the pool emits `connect` only after a connection succeeds.
    class GuardedClient extends pg.Client {
      constructor(config?: ClientConfig) {
        super(config);
        ignoreErrorEvents(this);
      }
    }
    const pool = new BoundedPool(
      new pg.Pool({ ...options, max: CONNECTIONS, Client: GuardedClient }),
      timing,
    );
    const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    return await KyselyStore.open(database, POSTGRES_NAMES, { owner, onClose: () => owner.release() });
  } catch (error) {
    await owner.release();
    throw error;
  }
}

const waitingWarning = (startMs: number, error: QuireError): QuireError =>
  new QuireError(
    'storage_unavailable',
    `the conversation database cannot be reached; waiting up to ${startMs / 1000} s`,
    'check its address and whether it is running',
    defined({ detail: error.detail }),
  );
