// Searches the conversations of an in-process database. The search of a long history takes a second and would block the event
// loop. Therefore each query covers only a few messages, and the event loop runs between queries. The number of messages per
// query adapts to the duration of the preceding queries.

import type { ExpressionBuilder, Kysely } from 'kysely';
import { nextSlice } from '../../base/steps.ts';
import type { ConversationPosition } from '../conversation-store.ts';
import { columnContains, isAfter } from './conditions.ts';
import type { Tables } from './schema.ts';

export interface SearchQuery {
  readonly owner: string;
  readonly search: string;
  readonly before?: ConversationPosition | number | undefined;
  readonly limit: number;
}

interface Candidate extends ConversationPosition {
  readonly titleMatches: boolean;
  /** position of the last message; -1 without messages */
  readonly lastPosition: number;
}

const PAGE_SIZE = 256; // number of candidates that one query returns

/** Returns the ids of the conversations that contain `search`, the most recently changed first. */
export async function searchInSlices(
  database: Kysely<Tables>,
  { owner, search, before, limit }: SearchQuery,
): Promise<readonly string[]> {
  const pace = new SearchPace();
  const matchingIds: string[] = [];
  let position = before;
  for (;;) {
    const page = await pace.run(() => findCandidates(database, owner, search, position));
    for (let start = 0; start < page.length; ) {
      const batch = page.slice(start, start + pace.conversations);
      start += batch.length;
      const matches = await findMatches(database, batch, search, pace);
      for (const { id } of batch) if (matches.has(id)) matchingIds.push(id);
      if (matchingIds.length >= limit) return matchingIds.slice(0, limit);
    }
    if (page.length < PAGE_SIZE) return matchingIds;
    position = page.at(-1);
  }
}

async function findCandidates(
  database: Kysely<Tables>,
  owner: string,
  search: string,
  before: SearchQuery['before'],
): Promise<readonly Candidate[]> {
  let query = database
    .selectFrom('conversations')
    .select(['id', 'updated_at'])
    .select((where) => [
      columnContains('conversations.title', search).as('titleMatches'),
      lastPositionIn(where).as('lastPosition'),
    ])
    .where('owner', '=', owner);
  if (before !== undefined) query = query.where((where) => isAfter(where, before));
  const rows = await query.orderBy('updated_at', 'desc').orderBy('id').limit(PAGE_SIZE).execute();
  return rows.map(({ id, updated_at, titleMatches, lastPosition }) => ({
    id,
    updatedAt: Number(updated_at),
    titleMatches: Boolean(titleMatches),
    lastPosition: Number(lastPosition ?? -1),
  }));
}

const lastPositionIn = (where: ExpressionBuilder<Tables, 'conversations'>) =>
  where
    .selectFrom('messages')
    .select(({ fn }) => fn.max('position').as('lastPosition'))
    .whereRef('messages.conversation', '=', 'conversations.id');

/** Returns the ids of the candidates that contain `search` in their title or in a message. */
async function findMatches(
  database: Kysely<Tables>,
  batch: readonly Candidate[],
  search: string,
  pace: SearchPace,
): Promise<ReadonlySet<string>> {
  const matches = new Set(batch.filter(({ titleMatches }) => titleMatches).map(({ id }) => id));
  let remaining = batch;
  for (let from = 0; ; ) {
    remaining = remaining.filter(({ id, lastPosition }) => !matches.has(id) && lastPosition >= from);
    if (remaining.length === 0) return matches;
    const to = from + pace.messages;
    const rows = await pace.run(() =>
      database
        .selectFrom('messages')
        .select('conversation')
        .distinct()
        .where(
          'conversation',
          'in',
          remaining.map(({ id }) => id),
        )
        .where('position', '>=', from)
        .where('position', '<', to)
        .where(columnContains('messages.content', search))
        .execute(),
    );
    for (const { conversation } of rows) matches.add(conversation);
    from = to;
  }
}

// The next query is smaller after a query of more than 8 ms, and larger after a query of less than 2 ms.
const [LONG_QUERY_MS, SHORT_QUERY_MS] = [8, 2];
const [MAX_CONVERSATIONS, MAX_MESSAGES, MIN_MESSAGES] = [64, 1024, 4];

/** Adapts the size of the queries of a search to their duration. */
export class SearchPace {
  /** number of conversations that a query covers */
  conversations = 4;
  /** number of messages of each conversation that a query covers */
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
    const durationMs = this.#now() - start;
    if (durationMs > LONG_QUERY_MS) this.#decrease();
    else if (durationMs < SHORT_QUERY_MS) this.#increase();
    await this.#waitForSlice();
    return result;
  }

  #decrease(): void {
    if (this.conversations > 1) this.conversations >>= 1;
    else this.messages = Math.max(MIN_MESSAGES, this.messages >> 1);
  }

  #increase(): void {
    if (this.messages < MAX_MESSAGES) this.messages *= 2;
    else this.conversations = Math.min(MAX_CONVERSATIONS, this.conversations * 2);
  }
}
