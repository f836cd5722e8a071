// Creates conversation records and message nodes with default values for tests.

import type { ConversationRecord } from '../../../src/chat/conversation-store.ts';
import type { MessageNode } from '../../../src/chat/message-node.ts';

/** Returns a conversation record with default values for absent fields. */
export const conversationRecord = (
  record: Pick<ConversationRecord, 'id' | 'owner'> & Partial<ConversationRecord>,
): ConversationRecord => ({
  title: '',
  system: undefined,
  templateOptions: {},
  policy: { kind: 'error' },
  sampling: {},
  head: undefined,
  createdAt: 1,
  updatedAt: 1,
  ...record,
});

/** Returns a complete message of a user, or an answer that is still running. */
export const messageNode = (
  id: string,
  parent: string | undefined,
  role: MessageNode['role'],
): MessageNode => ({
  id,
  parent,
  role,
  content: 'x',
  state: role === 'user' ? 'complete' : 'running',
  model: undefined,
  keptTokens: 0,
  keptText: 0,
  tokens: [1],
  rendered: 'x',
  droppedMessages: 0,
  createdAt: 1,
});
