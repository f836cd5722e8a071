// Cursors of the conversation list: the position of the last conversation on a page, as an opaque string.

import { QuireError } from '../../../base/errors.ts';
import type { ConversationPosition } from '../../../chat/conversation-store.ts';

/** Returns the cursor of the page that starts after a conversation. */
export const cursorAfter = ({ updatedAt, id }: ConversationPosition): string =>
  Buffer.from(`${updatedAt} ${id}`).toString('base64url');

/**
 * Parses `before`: a cursor, or a time in Unix milliseconds, which selects the conversations changed before it. Throws
 * `bad_option`.
 */
export function positionOf(before: string): ConversationPosition | number {
  if (/^\d{1,15}$/.test(before)) return Number(before);
  const [, updatedAt, id] = /^(\d{1,15}) (\S+)$/.exec(Buffer.from(before, 'base64url').toString()) ?? [];
  if (updatedAt === undefined || id === undefined)
    throw new QuireError(
      'bad_option',
      '"before" is neither a cursor nor a time',
      'send the value of "next" of the previous page as "before", or omit "before"',
    );
  return { updatedAt: Number(updatedAt), id };
}
