// The tables of both databases. Lists and records are JSON, token ids are 32-bit little-endian integers, times are milliseconds
// since 1970.

import type { MessageState } from '../message-node.ts';

export interface KeyTable {
  id: string;
  first_seen: number;
}

export interface ConversationTable {
  id: string;
  owner: string;
  title: string;
  system: string | null;
  template_options: string;
  policy: string;
  sampling: string;
  model: string | null;
  head: string | null;
  created_at: number;
  updated_at: number;
}

export interface MessageTable {
  id: string;
  conversation: string;
  /** order of creation in a conversation: parents before children */
  position: number;
  parent: string | null;
  role: 'user' | 'assistant';
  content: string;
  state: MessageState;
  model: string | null;
  kept_tokens: number;
  kept_text: number;
  tokens: Uint8Array;
  rendered: string;
  dropped_messages: number;
  report: string | null;
  created_at: number;
}

export interface SettingTable {
  owner: string;
  name: string;
  value: string;
}

/** One row: the server that may write, for databases that several servers can reach. */
export interface ServerTable {
  id: number;
  token: string;
}

export interface Tables {
  server: ServerTable;
  keys: KeyTable;
  conversations: ConversationTable;
  messages: MessageTable;
  settings: SettingTable;
}
