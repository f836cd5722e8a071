// Conversations in a database of a PostgreSQL server, which one Quire has at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { ClientConfig } from 'pg';
import { QuireError } from '../../base/errors.ts';
import type { ConversationStore } from '../conversation-store.ts';
import { KyselyStore } from './kysely-store.ts';
import { POSTGRES_NAMES } from './migrations.ts';
import { PostgresOwner } from './postgres-owner.ts';
import { CarefulPool, hearEnd, POSTGRES_TIMING, type PostgresTiming } from './postgres-pool.ts';
import type { Tables } from './schema.ts';
import { storageError } from './storage-error.ts';

export interface PostgresOptions {
  readonly timing?: PostgresTiming | undefined;
  /** how long to wait for a database that starts too; 10 s by default */
  readonly startMs?: number | undefined;
  /** told once that the database is waited for */
  readonly onWarning?: ((warning: QuireError) => void) | undefined;
}

const CONNECTIONS = 4;
const START_MS = 10_000;
const START_POLL_MS = 250;

/** At `postgres://...`. Raises `database_in_use`, `storage_unavailable` and `storage_failed`. */
export async function openPostgresStore(
  address: string,
  { timing = POSTGRES_TIMING, startMs = START_MS, onWarning }: PostgresOptions = {},
): Promise<ConversationStore> {
  const deadline = performance.now() + startMs;
  for (let told = false; ; ) {
    try {
      return await open(address, timing);
    } catch (thrown) {
      const error = storageError(thrown);
      if (error.code !== 'storage_unavailable' || performance.now() >= deadline) throw error;
      if (!told) onWarning?.(waiting(startMs, error));
      told = true;
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
    // From its first moment, also where it never connects: the pool itself tells of a client when it has connected.
    class HeardClient extends pg.Client {
      constructor(config?: ClientConfig) {
        super(config);
        hearEnd(this);
      }
    }
    const pool = new CarefulPool(new pg.Pool({ ...options, max: CONNECTIONS, Client: HeardClient }), timing);
    const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    return await KyselyStore.open(database, POSTGRES_NAMES, { owner, onClose: () => owner.release() });
  } catch (error) {
    await owner.release();
    throw error;
  }
}

const waiting = (startMs: number, error: QuireError): QuireError =>
  new QuireError(
    'storage_unavailable',
    `the database of the conversations cannot be reached; it is waited for up to ${startMs / 1000} s`,
    'look at its address, and whether it runs',
    error.detail === undefined ? {} : { detail: error.detail },
  );
