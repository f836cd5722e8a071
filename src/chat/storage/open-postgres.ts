// Opens the conversation store in a PostgreSQL database. Only one Quire process can use the database at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { ClientConfig } from 'pg';
import { QuireError } from '../../base/errors.ts';
import { importOptional } from '../../base/node/optional-package.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
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
  /** called once if the first connection attempt fails */
  readonly onWarning?: ((warning: QuireError) => void) | undefined;
}

const CONNECTIONS = 4;
const START_MS = 10_000;
const START_RETRY_MS = 250;

/** Opens `postgres://...`. Rejects with `missing_package`, `database_in_use`, `storage_unavailable` or `storage_failed`. */
export async function openPostgresStore(
  address: string,
  { timing = POSTGRES_TIMING, startMs = START_MS, onWarning }: PostgresOptions = {},
): Promise<ConversationStore> {
  const deadline = performance.now() + startMs;
  for (let warned = false; ; ) {
    try {
      return await open(address, timing);
    } catch (cause) {
      const error = storageError(cause);
      if (error.code !== 'storage_unavailable' || performance.now() >= deadline) throw error;
      if (!warned) onWarning?.(waitingWarning(startMs, error));
      warned = true;
      await sleep(START_RETRY_MS);
    }
  }
}

async function open(address: string, timing: PostgresTiming): Promise<ConversationStore> {
  const { default: pg } = await importOptional('PostgreSQL', ['pg@8'], () => import('pg'));
  const options = {
    connectionString: address,
    connectionTimeoutMillis: timing.connectMs,
    keepAlive: true,
    application_name: 'quire',
  };
  const connect = () => new pg.Client({ ...options, query_timeout: timing.statementMs + timing.graceMs });
  const owner = await PostgresOwner.acquire({ connect, timing });
  try {
    // A failed connection may also emit an error event. The listener is therefore added in the constructor: the event `connect`
    // of the pool would be too late.
    class ErrorIgnoringClient extends pg.Client {
      constructor(config?: ClientConfig) {
        super(config);
        ignoreErrorEvents(this);
      }
    }
    const pool = new BoundedPool(
      new pg.Pool({ ...options, max: CONNECTIONS, Client: ErrorIgnoringClient }),
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
    'check the address of the database, and whether the database is running',
    omitUndefined({ detail: error.detail }),
  );
