// Query conditions on conversations that several queries share.

import { type ExpressionBuilder, sql } from 'kysely';
import type { ConversationPosition } from '../conversation-store.ts';
import type { Tables } from './schema.ts';

type Where = ExpressionBuilder<Tables, 'conversations'>;

/** Matches conversations after `position` in the list, which is sorted by time of change, newest first, then by id. */
export function isAfter(where: Where, position: ConversationPosition | number) {
  if (typeof position === 'number') return where('updated_at', '<', position);
  const { updatedAt, id } = position;
  return where.or([
    where('updated_at', '<', updatedAt),
    where.and([where('updated_at', '=', updatedAt), where('conversations.id', '>', id)]),
  ]);
}

/** Matches rows whose column contains `search`, ignoring case; % and _ are literal. */
export function columnContains(column: 'conversations.title' | 'messages.content', search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/** Matches conversations that contain `search` in the title or in a message. */
export function conversationContains(where: Where, search: string) {
  return where.or([
    columnContains('conversations.title', search),
    where.exists(
      where
        .selectFrom('messages')
        .select('messages.id')
        .whereRef('messages.conversation', '=', 'conversations.id')
        .where(columnContains('messages.content', search)),
    ),
  ]);
}
