// Formats conversations for HTTP responses: as JSON, and as Markdown for export.

import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { OpenConversation } from '../../../chat/conversation-library.ts';
import type { ConversationRecord } from '../../../chat/conversation-store.ts';
import type { MessageNode } from '../../../chat/message-node.ts';

export function conversationSummary({ id, title, createdAt, updatedAt }: ConversationRecord) {
  return { id, title, createdAt, updatedAt };
}

/** Returns a conversation with all branches. */
export function conversationView({ record, conversation }: OpenConversation) {
  return {
    ...conversationSummary(record),
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
    ...omitUndefined({ report }),
  };
}

/** Renders the current branch as Markdown. */
export function conversationMarkdown({ record, conversation }: OpenConversation): string {
  const heading = `# ${record.title.replace(/\s+/g, ' ') || 'Conversation'}\n`;
  const sections = conversation.messages.map(
    ({ role, content }) => `## ${ROLE_HEADINGS[role] ?? role}\n\n${content.trim()}\n`,
  );
  return [heading, ...sections].join('\n');
}

const ROLE_HEADINGS: Readonly<Record<string, string>> = {
  system: 'System',
  user: 'User',
  assistant: 'Assistant',
};
