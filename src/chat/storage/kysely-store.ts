// Conversations in a database, by one code for SQLite and PostgreSQL. Each method is one transaction at most, so that
// a crash leaves a turn begun, going on or ended, and nothing between.

import { type ExpressionBuilder, type Kysely, Migrator, sql, type Transaction } from 'kysely';
import type {
  AnswerProgress,
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StoredConversation,
} from '../conversation-store.ts';
import type { MessageNode } from '../message-node.ts';
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
import { storageError } from './storage-error.ts';

const LIST_LIMIT = 50;

export class KyselyStore implements ConversationStore {
  readonly #database: Kysely<Tables>;
  readonly #onClose: () => Promise<void>;

  private constructor(database: Kysely<Tables>, onClose: () => Promise<void>) {
    this.#database = database;
    this.#onClose = onClose;
  }

  /**
   * Brings the tables up to date, and marks answers that a crash cut. Raises `storage_failed` and
   * `disk_full`, and has closed the database then.
   */
  static async open(
    database: Kysely<Tables>,
    names: SqlNames,
    onClose: () => Promise<void> = async () => {},
  ): Promise<KyselyStore> {
    const store = new KyselyStore(database, onClose);
    try {
      await store.#guarded(async () => {
        const migrator = new Migrator({ db: database, provider: migrations(names) });
        const { error } = await migrator.migrateToLatest();
        if (error !== undefined) throw error;
        const cut = { state: 'interrupted' } as const;
        await database.updateTable('messages').set(cut).where('state', '=', 'running').execute();
      });
      return store;
    } catch (error) {
      await database.destroy().catch(() => {});
      throw error;
    }
  }

  create(record: ConversationRecord, messages: readonly MessageNode[] = []): Promise<void> {
    return this.#transaction(async (transaction) => {
      await transaction.insertInto('conversations').values(conversationRow(record)).execute();
      await insertMessages(transaction, record.id, 0, messages);
    });
  }

  load(owner: string, id: string): Promise<StoredConversation | undefined> {
    return this.#transaction(async (transaction) => {
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
    return this.#guarded(async () => {
      let query = this.#database.selectFrom('conversations').selectAll().where('owner', '=', owner);
      if (before !== undefined) query = query.where('updated_at', '<', before);
      if (search !== undefined && search !== '') query = query.where((where) => holds(where, search));
      const rows = await query
        .orderBy('updated_at', 'desc')
        .orderBy('id')
        .limit(limit ?? LIST_LIMIT)
        .execute();
      return rows.map(conversationOf);
    });
  }

  update(owner: string, id: string, changes: ConversationChanges): Promise<boolean> {
    const { title, policy, sampling, head } = changes;
    const row = {
      ...(title === undefined ? {} : { title }),
      ...(policy === undefined ? {} : { policy: JSON.stringify(policy) }),
      ...(sampling === undefined ? {} : { sampling: JSON.stringify(sampling) }),
      ...(head === undefined ? {} : { head }),
    };
    return this.#guarded(async () => {
      const { numUpdatedRows } = await this.#database
        .updateTable('conversations')
        .set({ id, ...row }) // at least one column, for a change of nothing
        .where('id', '=', id)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  remove(owner: string, id: string): Promise<boolean> {
    return this.#guarded(async () => {
      const { numDeletedRows } = await this.#database
        .deleteFrom('conversations')
        .where('id', '=', id)
        .where('owner', '=', owner)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  beginTurn(id: string, messages: readonly MessageNode[], title?: string): Promise<void> {
    return this.#transaction(async (transaction) => {
      const { last } = await transaction
        .selectFrom('messages')
        .select(({ fn }) => fn.coalesce(fn.max('position'), sql<number>`-1`).as('last'))
        .where('conversation', '=', id)
        .executeTakeFirstOrThrow();
      await insertMessages(transaction, id, Number(last) + 1, messages);
      await moveHead(transaction, id, messages.at(-1)?.id, title);
    });
  }

  progress(answers: readonly AnswerProgress[]): Promise<void> {
    return this.#transaction(async (transaction) => {
      for (const answer of answers)
        await transaction
          .updateTable('messages')
          .set(progressColumns(answer))
          .where('id', '=', answer.id)
          .where('state', '=', 'running')
          .execute();
    });
  }

  endTurn(id: string, answer: MessageNode): Promise<void> {
    return this.#transaction(async (transaction) => {
      await transaction
        .updateTable('messages')
        .set(answerColumns(answer))
        .where('id', '=', answer.id)
        .execute();
      await moveHead(transaction, id, answer.id);
    });
  }

  dropTurn(id: string, messages: readonly MessageNode[], head: string | undefined): Promise<void> {
    const ids = messages.map((message) => message.id);
    return this.#transaction(async (transaction) => {
      await transaction.deleteFrom('messages').where('id', 'in', ids).execute();
      await moveHead(transaction, id, head);
    });
  }

  setting(owner: string, name: string): Promise<unknown> {
    return this.#guarded(async () => {
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
    return this.#guarded(async () => {
      await this.#database
        .insertInto('settings')
        .values({ owner, name, value: text })
        .onConflict((conflict) => conflict.columns(['owner', 'name']).doUpdateSet({ value: text }))
        .execute();
    });
  }

  knowKey(id: string): Promise<void> {
    return this.#guarded(async () => {
      const row = { id, first_seen: Date.now() };
      await this.#database
        .insertInto('keys')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    });
  }

  async close(): Promise<void> {
    await this.#guarded(() => this.#database.destroy());
    await this.#onClose();
  }

  #transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#guarded(() => this.#database.transaction().execute(work));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
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
  from: number,
  messages: readonly MessageNode[],
): Promise<void> {
  for (const [i, node] of messages.entries())
    await transaction
      .insertInto('messages')
      .values(messageRow(conversation, from + i, node))
      .execute();
}

async function moveHead(
  transaction: Transaction<Tables>,
  id: string,
  head: string | undefined,
  title?: string,
): Promise<void> {
  const changes = { head: head ?? null, updated_at: Date.now(), ...(title === undefined ? {} : { title }) };
  await transaction.updateTable('conversations').set(changes).where('id', '=', id).execute();
}

// In the title or in any message, without regard to case; % and _ mean themselves.
function holds(where: ExpressionBuilder<Tables, 'conversations'>, search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const like = (column: 'conversations.title' | 'messages.content') =>
    sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
  return where.or([
    like('conversations.title'),
    where.exists(
      where
        .selectFrom('messages')
        .select('messages.id')
        .whereRef('messages.conversation', '=', 'conversations.id')
        .where(like('messages.content')),
    ),
  ]);
}
