// Compound query conditions on conversations.

import { type ExpressionBuilder, sql } from 'kysely';
import type { ConversationPosition } from '../conversation-store.ts';
import type { Tables } from './schema.ts';

type Where = ExpressionBuilder<Tables, 'conversations'>;

/** Matches conversations after a position in the list, which is sorted by time of change, newest first, then by id. */
export function comesAfter(where: Where, position: ConversationPosition | number) {
  if (typeof position === 'number') return where('updated_at', '<', position);
  const { updatedAt, id } = position;
  return where.or([
    where('updated_at', '<', updatedAt),
    where.and([where('updated_at', '=', updatedAt), where('conversations.id', '>', id)]),
  ]);
}

/** Matches rows whose column contains the text, case-insensitive; % and _ are literal. */
export function like(column: 'conversations.title' | 'messages.content', search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/** Matches conversations that contain the text in the title or in a message. */
export function holds(where: Where, search: string) {
  return where.or([
    like('conversations.title', search),
    where.exists(
      where
        .selectFrom('messages')
        .select('messages.id')
        .whereRef('messages.conversation', '=', 'conversations.id')
        .where(like('messages.content', search)),
    ),
  ]);
}
