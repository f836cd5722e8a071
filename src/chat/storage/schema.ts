// The tables of the conversation store, the same in SQLite and PostgreSQL. Lists and objects are stored as JSON, token ids as
// 32-bit little-endian integers, and times as milliseconds since 1970.

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
  /** index of the message in its conversation, in order of creation: a parent precedes its children */
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

/** A table with one row: the token of the server that may write. Used if several servers can reach the database. */
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
