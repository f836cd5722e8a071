// Counts the storage that an owner uses. The server calls this once for each owner and then updates the count. `octet_length`
// returns the length without reading the text from disk.

import { type Kysely, sql } from 'kysely';
import type { StorageUse } from '../conversation-store.ts';
import type { Tables } from './schema.ts';

export async function storageUse(database: Kysely<Tables>, owner: string): Promise<StorageUse> {
  const total = sql<number | string | null>;
  const conversations = await database
    .selectFrom('conversations')
    .select([
      sql<number | string>`count(*)`.as('conversations'),
      total`sum(octet_length(title) + coalesce(octet_length(system), 0))`.as('bytes'),
    ])
    .where('owner', '=', owner)
    .executeTakeFirstOrThrow();
  const messages = await database
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation')
    .select(
      total`sum(octet_length(messages.content) + octet_length(messages.rendered) + octet_length(messages.tokens))`.as(
        'bytes',
      ),
    )
    .where('conversations.owner', '=', owner)
    .executeTakeFirstOrThrow();
  return {
    conversations: Number(conversations.conversations),
    bytes: Number(conversations.bytes ?? 0) + Number(messages.bytes ?? 0),
  };
}
