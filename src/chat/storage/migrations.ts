// The migrations of the database. Each runs once, in the order of the names. A released migration must never change: add a new
// migration instead.

import { type Kysely, type Migration, type MigrationProvider, type RawBuilder, sql } from 'kysely';

/** Names of column types that differ between SQLite and PostgreSQL. */
export interface SqlNames {
  readonly bytes: RawBuilder<unknown>;
}

export const SQLITE_NAMES: SqlNames = { bytes: sql`blob` };
export const POSTGRES_NAMES: SqlNames = { bytes: sql`bytea` };

export function migrations(names: SqlNames): MigrationProvider {
  const allMigrations: Record<string, Migration> = {
    '2026-11-conversations': { up: (database) => createConversationTables(database, names) },
    '2026-12-server': { up: createServerTable },
    '2026-12-server-models': { up: addModelColumn },
  };
  return { getMigrations: async () => allMigrations };
}

async function createConversationTables(database: Kysely<unknown>, { bytes }: SqlNames): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('first_seen', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('conversations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('system', 'text')
    .addColumn('template_options', 'text', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('sampling', 'text', (column) => column.notNull())
    .addColumn('head', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('conversations_of_owner')
    .on('conversations')
    .columns(['owner', 'updated_at'])
    .execute();
  await schema
    .createTable('messages')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('conversation', 'text', (column) =>
      column.notNull().references('conversations.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('parent', 'text')
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('kept_tokens', 'integer', (column) => column.notNull())
    .addColumn('kept_text', 'integer', (column) => column.notNull())
    .addColumn('tokens', bytes as RawBuilder<string>, (column) => column.notNull())
    .addColumn('rendered', 'text', (column) => column.notNull())
    .addColumn('dropped_messages', 'integer', (column) => column.notNull())
    .addColumn('report', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createIndex('messages_of_conversation')
    .on('messages')
    .columns(['conversation', 'position'])
    .execute();
  await schema
    .createTable('settings')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('settings_by_owner', ['owner', 'name'])
    .execute();
}

async function createServerTable({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('server')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('token', 'text', (column) => column.notNull())
    .execute();
}

async function addModelColumn({ schema }: Kysely<unknown>): Promise<void> {
  await schema.alterTable('conversations').addColumn('model', 'text').execute();
}
