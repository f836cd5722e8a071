// The conversation store in SQL, with the same code for SQLite and PostgreSQL. Each method runs at most one transaction, so that
// a crash leaves every turn in a consistent state.

import { type Kysely, Migrator, sql, type Transaction } from 'kysely';
import { QuireError } from '../../base/errors.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type {
  AnswerProgress,
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StorageUse,
  StoredConversation,
} from '../conversation-store.ts';
import type { MessageNode } from '../message-node.ts';
import { conversationContains, isAfter } from './conditions.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { migrations, type SqlNames } from './migrations.ts';
import {
  answerColumns,
  conversationOf,
  conversationRow,
  messageOf,
  messageRow,
  progressColumns,
} from './rows.ts';
import type { Tables } from './schema.ts';
import { type SearchQuery, searchInSlices } from './search-in-slices.ts';
import { StorableTextPlugin } from './storable-text.ts';
import { storageError } from './storage-error.ts';
import { storageUse } from './storage-use.ts';
import type { StoreOwner } from './store-owner.ts';

const DEFAULT_LIST_LIMIT = 50;

export interface StoreParts {
  /** required for databases that several servers can reach */
  readonly owner?: StoreOwner;
  /** released when a deletion fails because the disk is full */
  readonly reserve?: DiskReserve;
  /** whether the database runs in this process, so that queries block the event loop */
  readonly inProcess?: boolean;
  readonly onClose?: () => Promise<void>;
}

const SERVER_ID = 1; // id of the only row of the table `server`

export class KyselyStore implements ConversationStore {
  readonly #database: Kysely<Tables>;
  readonly #parts: StoreParts;

  private constructor(database: Kysely<Tables>, parts: StoreParts) {
    this.#database = database.withPlugin(new StorableTextPlugin());
    this.#parts = parts;
  }

  /**
   * Migrates the tables and marks running answers as interrupted: only this process owns the database, so a crash left them.
   * Rejects with `storage_busy`, `storage_unavailable`, `storage_failed`, `disk_full` or `database_in_use`, as every method
   * may, and then closes the database.
   */
  static async open(database: Kysely<Tables>, names: SqlNames, parts: StoreParts = {}): Promise<KyselyStore> {
    const store = new KyselyStore(database, parts);
    try {
      await store.#convertErrors(async () => {
        const migrator = new Migrator({ db: database, provider: migrations(names) });
        const { error } = await migrator.migrateToLatest();
        if (error !== undefined) throw error;
        await store.#claimOwnership();
      });
      await store.#write(async (transaction) => {
        const interrupted = { state: 'interrupted' } as const;
        await transaction.updateTable('messages').set(interrupted).where('state', '=', 'running').execute();
      });
      return store;
    } catch (error) {
      await database.destroy().catch(() => {});
      throw error;
    }
  }

  create(record: ConversationRecord, messages: readonly MessageNode[] = []): Promise<void> {
    return this.createAll([{ record, messages }]);
  }

  createAll(conversations: readonly StoredConversation[]): Promise<void> {
    return this.#write(async (transaction) => {
      for (const { record, messages } of conversations) {
        await transaction.insertInto('conversations').values(conversationRow(record)).execute();
        await insertMessages(transaction, record.id, 0, messages);
      }
    });
  }

  load(owner: string, id: string): Promise<StoredConversation | undefined> {
    return this.#read(async (transaction) => {
      const row = await transaction
        .selectFrom('conversations')
        .selectAll()
        .where('id', '=', id)
        .where('owner', '=', owner)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const messages = await transaction
        .selectFrom('messages')
        .selectAll()
        .where('conversation', '=', id)
        .orderBy('position')
        .execute();
      return { record: conversationOf(row), messages: messages.map(messageOf) };
    });
  }

  list(
    owner: string,
    { search, limit, before }: ConversationQuery = {},
  ): Promise<readonly ConversationRecord[]> {
    const maxRows = limit ?? DEFAULT_LIST_LIMIT;
    const hasSearch = search !== undefined && search !== '';
    if (hasSearch && this.#parts.inProcess === true)
      return this.#convertErrors(() => this.#search({ owner, search, before, limit: maxRows }));
    return this.#convertErrors(async () => {
      let query = this.#database.selectFrom('conversations').selectAll().where('owner', '=', owner);
      if (before !== undefined) query = query.where((where) => isAfter(where, before));
      if (hasSearch) query = query.where((where) => conversationContains(where, search));
      const rows = await query.orderBy('updated_at', 'desc').orderBy('id').limit(maxRows).execute();
      return rows.map(conversationOf);
    });
  }

  async #search(search: SearchQuery): Promise<readonly ConversationRecord[]> {
    const ids = await searchInSlices(this.#database, search);
    if (ids.length === 0) return [];
    const rows = await this.#database
      .selectFrom('conversations')
      .selectAll()
      .where('id', 'in', ids)
      .execute();
    const byId = new Map(rows.map((row) => [row.id, conversationOf(row)]));
    return ids.flatMap((id) => byId.get(id) ?? []); // a conversation may have been removed since the search
  }

  use(owner: string): Promise<StorageUse> {
    return this.#convertErrors(() => storageUse(this.#database, owner));
  }

  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean> {
    const { title, policy, sampling, head, model } = changes;
    const row = {
      ...omitUndefined({ title }),
      ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
      ...(sampling === undefined ? {} : { sampling: JSON.stringify(sampling) }),
      ...omitUndefined({ head, model }),
    };
    return this.#write(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable('conversations')
        .set({ id, ...row }) // `id` is unchanged: SQL requires at least one column
        .where('id', '=', id)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  async remove(owner: string, id: string): Promise<boolean> {
    const remove = (): Promise<boolean> =>
      this.#write(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('conversations')
          .where('id', '=', id)
          .where('owner', '=', owner)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      });
    const { reserve } = this.#parts;
    try {
      return await remove();
    } catch (error) {
      const isDiskFull = error instanceof QuireError && error.code === 'disk_full';
      if (!isDiskFull || !(await reserve?.release())) throw error;
      return await remove();
    } finally {
      await reserve?.restore();
    }
  }

  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<number> {
    return this.#write(async (transaction) => {
      const { lastPosition } = await transaction
        .selectFrom('messages')
        .select(({ fn }) => fn.coalesce(fn.max('position'), sql<number>`-1`).as('lastPosition'))
        .where('conversation', '=', id)
        .executeTakeFirstOrThrow();
      await insertMessages(transaction, id, Number(lastPosition) + 1, messages);
      return moveHead(transaction, id, messages.at(-1)?.id, title);
    });
  }

  progress(answers: readonly AnswerProgress[]): Promise<void> {
    return this.#write(async (transaction) => {
      for (const answer of answers)
        await transaction
          .updateTable('messages')
          .set(progressColumns(answer))
          .where('id', '=', answer.id)
          .where('state', '=', 'running')
          .execute();
    });
  }

  endTurn(id: string, answer: MessageNode): Promise<number> {
    return this.#write(async (transaction) => {
      await transaction
        .updateTable('messages')
        .set(answerColumns(answer))
        .where('id', '=', answer.id)
        .execute();
      return moveHead(transaction, id, answer.id);
    });
  }

  dropTurn(
    id: string,
    messages: readonly MessageNode[],
    head: string | undefined,
    title?: string,
  ): Promise<number> {
    const ids = messages.map((message) => message.id);
    return this.#write(async (transaction) => {
      await transaction.deleteFrom('messages').where('id', 'in', ids).execute();
      return moveHead(transaction, id, head, title);
    });
  }

  setting(owner: string, name: string): Promise<unknown> {
    return this.#convertErrors(async () => {
      const row = await this.#database
        .selectFrom('settings')
        .select('value')
        .where('owner', '=', owner)
        .where('name', '=', name)
        .executeTakeFirst();
      return row === undefined ? undefined : JSON.parse(row.value);
    });
  }

  set(owner: string, name: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    return this.#write(async (transaction) => {
      await transaction
        .insertInto('settings')
        .values({ owner, name, value: text })
        .onConflict((conflict) => conflict.columns(['owner', 'name']).doUpdateSet({ value: text }))
        .execute();
    });
  }

  changeOwner(from: string, to: string): Promise<void> {
    return this.#write(async (transaction) => {
      await transaction.updateTable('conversations').set({ owner: to }).where('owner', '=', from).execute();
      const existingNames = transaction.selectFrom('settings').select('name').where('owner', '=', to);
      await transaction
        .updateTable('settings')
        .set({ owner: to })
        .where('owner', '=', from)
        .where('name', 'not in', existingNames)
        .execute();
      await transaction.deleteFrom('settings').where('owner', '=', from).execute();
      await transaction.deleteFrom('keys').where('id', '=', from).execute();
    });
  }

  knowKey(id: string): Promise<void> {
    return this.#write(async (transaction) => {
      const row = { id, first_seen: Date.now() };
      await transaction
        .insertInto('keys')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    });
  }

  async close(): Promise<void> {
    try {
      await this.#convertErrors(() => this.#database.destroy());
    } finally {
      await this.#parts.onClose?.();
    }
  }

  #read<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#convertErrors(() => this.#database.transaction().setAccessMode('read only').execute(work));
  }

  #write<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    const { owner } = this.#parts;
    return this.#convertErrors(async () => {
      await owner?.ensure();
      return this.#database.transaction().execute(async (transaction) => {
        if (owner !== undefined) await checkOwner(transaction, owner);
        return work(transaction);
      });
    });
  }

  async #claimOwnership(): Promise<void> {
    const { owner } = this.#parts;
    if (owner === undefined) return;
    const { token } = owner;
    await this.#database
      .insertInto('server')
      .values({ id: SERVER_ID, token })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ token }))
      .execute();
  }

  async #convertErrors<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storageError(error);
    }
  }
}

async function insertMessages(
  transaction: Transaction<Tables>,
  conversation: string,
  firstPosition: number,
  messages: readonly MessageNode[],
): Promise<void> {
  for (const [i, node] of messages.entries())
    await transaction
      .insertInto('messages')
      .values(messageRow(conversation, firstPosition + i, node))
      .execute();
}

async function moveHead(
  transaction: Transaction<Tables>,
  id: string,
  head: string | undefined,
  title?: string,
): Promise<number> {
  const now = Date.now();
  const changes = { head: head ?? null, updated_at: now, ...omitUndefined({ title }) };
  await transaction.updateTable('conversations').set(changes).where('id', '=', id).execute();
  return now;
}

// Throws if another process owns the database. Locks the row, so that no other process can claim ownership until the
// transaction ends.
async function checkOwner(transaction: Transaction<Tables>, owner: StoreOwner): Promise<void> {
  const row = await transaction
    .selectFrom('server')
    .select('token')
    .where('id', '=', SERVER_ID)
    .forShare()
    .executeTakeFirst();
  if (row?.token !== owner.token) throw owner.markReplaced();
}
