// Search in the conversations of an in-process database. Searching a long history takes a second and would block the event
// loop, so each query covers only a few messages and the event loop runs between queries. The number of messages adapts
// to the duration of the last queries.

import type { ExpressionBuilder, Kysely } from 'kysely';
import { nextSlice } from '../../base/steps.ts';
import type { ConversationPosition } from '../conversation-store.ts';
import { comesAfter, like } from './conditions.ts';
import type { Tables } from './schema.ts';

export interface Search {
  readonly owner: string;
  readonly search: string;
  readonly before?: ConversationPosition | number | undefined;
  readonly limit: number;
}

interface Candidate extends ConversationPosition {
  readonly titled: boolean;
  /** position of the last message */
  readonly last: number;
}

const PAGE = 256; // candidates of a query

/** Returns the ids of the conversations that contain the text, the most recently changed first. */
export async function searchInSlices(
  database: Kysely<Tables>,
  { owner, search, before, limit }: Search,
): Promise<readonly string[]> {
  const pace = new SearchPace();
  const found: string[] = [];
  let position = before;
  for (;;) {
    const page = await pace.run(() => candidates(database, owner, search, position));
    for (let at = 0; at < page.length; ) {
      const batch = page.slice(at, at + pace.conversations);
      at += batch.length;
      const holding = await holdingOf(database, batch, search, pace);
      for (const { id } of batch) if (holding.has(id)) found.push(id);
      if (found.length >= limit) return found.slice(0, limit);
    }
    if (page.length < PAGE) return found;
    position = page.at(-1);
  }
}

async function candidates(
  database: Kysely<Tables>,
  owner: string,
  search: string,
  before: Search['before'],
): Promise<readonly Candidate[]> {
  let query = database
    .selectFrom('conversations')
    .select(['id', 'updated_at'])
    .select((where) => [like('conversations.title', search).as('titled'), lastOf(where).as('last')])
    .where('owner', '=', owner);
  if (before !== undefined) query = query.where((where) => comesAfter(where, before));
  const rows = await query.orderBy('updated_at', 'desc').orderBy('id').limit(PAGE).execute();
  return rows.map(({ id, updated_at, titled, last }) => ({
    id,
    updatedAt: Number(updated_at),
    titled: Boolean(titled),
    last: Number(last ?? -1),
  }));
}

const lastOf = (where: ExpressionBuilder<Tables, 'conversations'>) =>
  where
    .selectFrom('messages')
    .select(({ fn }) => fn.max('position').as('last'))
    .whereRef('messages.conversation', '=', 'conversations.id');

/** Returns those that contain the text in their title or in a message. */
async function holdingOf(
  database: Kysely<Tables>,
  batch: readonly Candidate[],
  search: string,
  pace: SearchPace,
): Promise<ReadonlySet<string>> {
  const holding = new Set(batch.filter(({ titled }) => titled).map(({ id }) => id));
  let left = batch;
  for (let from = 0; ; ) {
    left = left.filter(({ id, last }) => !holding.has(id) && last >= from);
    if (left.length === 0) return holding;
    const to = from + pace.messages;
    const rows = await pace.run(() =>
      database
        .selectFrom('messages')
        .select('conversation')
        .distinct()
        .where(
          'conversation',
          'in',
          left.map(({ id }) => id),
        )
        .where('position', '>=', from)
        .where('position', '<', to)
        .where(like('messages.content', search))
        .execute(),
    );
    for (const { conversation } of rows) holding.add(conversation);
    from = to;
  }
}

const [LONG_MS, SHORT_MS] = [8, 2];
const [MOST_CONVERSATIONS, MOST_MESSAGES, FEWEST_MESSAGES] = [64, 1024, 4];

/** Adapts the size of the queries of a search. */
export class SearchPace {
  conversations = 4;
  /** messages of each conversation */
  messages = 32;
  readonly #now: () => number;
  readonly #waitForSlice: () => Promise<void>;

  constructor(now = () => performance.now(), waitForSlice = nextSlice) {
    this.#now = now;
    this.#waitForSlice = waitForSlice;
  }

  /** Runs one query and then yields to the event loop. */
  async run<Result>(query: () => Promise<Result>): Promise<Result> {
    const start = this.#now();
    const result = await query();
    const tookMs = this.#now() - start;
    if (tookMs > LONG_MS) this.#less();
    else if (tookMs < SHORT_MS) this.#more();
    await this.#waitForSlice();
    return result;
  }

  #less(): void {
    if (this.conversations > 1) this.conversations >>= 1;
    else this.messages = Math.max(FEWEST_MESSAGES, this.messages >> 1);
  }

  #more(): void {
    if (this.messages < MOST_MESSAGES) this.messages *= 2;
    else this.conversations = Math.min(MOST_CONVERSATIONS, this.conversations * 2);
  }
}
