// Converts conversation records and message nodes to table rows, and rows back to records and nodes.

import type { Selectable } from 'kysely';
import type { ConversationRecord } from '../conversation-store.ts';
import type { MessageNode } from '../message-node.ts';
import type { ConversationTable, MessageTable } from './schema.ts';

export function conversationRow(record: ConversationRecord): ConversationTable {
  return {
    id: record.id,
    owner: record.owner,
    title: record.title,
    system: record.system ?? null,
    template_options: JSON.stringify(record.templateOptions),
    policy: JSON.stringify(record.policy),
    sampling: JSON.stringify(record.sampling),
    model: record.model ?? null,
    head: record.head ?? null,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

export function conversationOf(row: Selectable<ConversationTable>): ConversationRecord {
  return {
    id: row.id,
    owner: row.owner,
    title: row.title,
    system: row.system ?? undefined,
    templateOptions: JSON.parse(row.template_options),
    policy: JSON.parse(row.policy),
    sampling: JSON.parse(row.sampling),
    model: row.model ?? undefined,
    head: row.head ?? undefined,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

export function messageRow(conversation: string, position: number, node: MessageNode): MessageTable {
  return {
    id: node.id,
    conversation,
    position,
    parent: node.parent ?? null,
    role: node.role,
    model: node.model ?? null,
    kept_tokens: node.keptTokens,
    kept_text: node.keptText,
    dropped_messages: node.droppedMessages,
    created_at: node.createdAt,
    ...answerColumns(node),
  };
}

/** Returns the columns that change while an answer is generated. */
export function answerColumns(
  node: MessageNode,
): Pick<MessageTable, 'content' | 'tokens' | 'rendered' | 'state' | 'report'> {
  const { state, report } = node;
  return { ...progressColumns(node), state, report: report === undefined ? null : JSON.stringify(report) };
}

export function progressColumns({
  content,
  tokens,
  rendered,
}: Pick<MessageNode, 'content' | 'tokens' | 'rendered'>): Pick<
  MessageTable,
  'content' | 'tokens' | 'rendered'
> {
  return { content, tokens: tokenBytes(tokens), rendered };
}

export function messageOf(row: Selectable<MessageTable>): MessageNode {
  return {
    id: row.id,
    parent: row.parent ?? undefined,
    role: row.role,
    content: row.content,
    state: row.state,
    model: row.model ?? undefined,
    keptTokens: row.kept_tokens,
    keptText: row.kept_text,
    tokens: tokensOf(row.tokens),
    rendered: row.rendered,
    droppedMessages: row.dropped_messages,
    createdAt: Number(row.created_at),
    ...(row.report === null ? {} : { report: JSON.parse(row.report) }),
  };
}

function tokenBytes(tokens: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * tokens.length);
  for (const [i, token] of tokens.entries()) bytes.writeInt32LE(token, 4 * i);
  return bytes;
}

// PostgreSQL returns a Buffer, SQLite an ArrayBuffer.
function tokensOf(stored: Uint8Array): number[] {
  const bytes = Buffer.from(stored);
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
}
