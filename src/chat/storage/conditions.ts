// Conditions on conversations that take more than a column and a value.

import { type ExpressionBuilder, sql } from 'kysely';
import type { ConversationPosition } from '../conversation-store.ts';
import type { Tables } from './schema.ts';

type Where = ExpressionBuilder<Tables, 'conversations'>;

/** In a list of the last changed first, and of those changed at once by their ids: no two stand at one place. */
export function comesAfter(where: Where, position: ConversationPosition | number) {
  if (typeof position === 'number') return where('updated_at', '<', position);
  const { updatedAt, id } = position;
  return where.or([
    where('updated_at', '<', updatedAt),
    where.and([where('updated_at', '=', updatedAt), where('conversations.id', '>', id)]),
  ]);
}

/** Whether the text is in the column, without regard to case; % and _ mean themselves. */
export function like(column: 'conversations.title' | 'messages.content', search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/** In the title or in any message. */
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
