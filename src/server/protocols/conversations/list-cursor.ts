// Where a page of a list ends, as a text that a client sends back and need not understand.

import { QuireError } from '../../../base/errors.ts';
import type { ConversationPosition } from '../../../chat/conversation-store.ts';

/** The place after `last` in the list. */
export const cursorAfter = ({ updatedAt, id }: ConversationPosition): string =>
  Buffer.from(`${updatedAt} ${id}`).toString('base64url');

/** What `before` says: a cursor, or milliseconds since 1970 for what was changed earlier. Raises `bad_option`. */
export function positionOf(before: string): ConversationPosition | number {
  if (/^\d{1,15}$/.test(before)) return Number(before);
  const [, updatedAt, id] = /^(\d{1,15}) (\S+)$/.exec(Buffer.from(before, 'base64url').toString()) ?? [];
  if (updatedAt === undefined || id === undefined)
    throw new QuireError(
      'bad_option',
      'before is neither a cursor nor a time',
      'send the next of the page before, or leave it out',
    );
  return { updatedAt: Number(updatedAt), id };
}
