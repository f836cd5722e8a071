// Conversations as HTTP shows them: to a program as JSON, to a reader as Markdown.

import { defined } from '../../../base/defined.ts';
import type { OpenConversation } from '../../../chat/conversation-library.ts';
import type { ConversationRecord } from '../../../chat/conversation-store.ts';
import type { MessageNode } from '../../../chat/message-node.ts';

export function topicView({ id, title, createdAt, updatedAt }: ConversationRecord) {
  return { id, title, createdAt, updatedAt };
}

/** A conversation with all its branches. */
export function conversationView({ record, conversation }: OpenConversation) {
  return {
    ...topicView(record),
    system: record.system ?? null,
    model: record.model ?? null,
    contextPolicy: record.policy,
    sampling: record.sampling,
    head: conversation.head ?? null,
    tokens: conversation.tokenCount,
    ...(conversation.contextLength > 0 ? { contextLength: conversation.contextLength } : {}),
    messages: conversation.tree.nodes.map(messageView),
  };
}

function messageView(node: MessageNode) {
  const { id, parent, role, content, state, createdAt, droppedMessages, report } = node;
  return {
    id,
    parent: parent ?? null,
    role,
    content,
    state,
    createdAt,
    droppedMessages,
    ...defined({ report }),
  };
}

/** The current branch, to read. */
export function conversationMarkdown({ record, conversation }: OpenConversation): string {
  const heading = `# ${record.title.replace(/\s+/g, ' ') || 'Conversation'}\n`;
  const parts = conversation.messages.map(
    ({ role, content }) => `## ${NAMES[role] ?? role}\n\n${content.trim()}\n`,
  );
  return [heading, ...parts].join('\n');
}

const NAMES: Readonly<Record<string, string>> = { system: 'System', user: 'User', assistant: 'Assistant' };
