// What a chat is made of: messages under the names that chat templates read, and what a template sees besides them.

import type { JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';

/** Who speaks; `tool` gives the result of a call. */
export const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** A message under the names that chat templates read. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
  /** what an assistant called: `{type: 'function', id, function: {name, arguments}}`, `arguments` an object */
  readonly tool_calls?: readonly JsonObject[];
  /** the call that a `tool` message answers */
  readonly tool_call_id?: string;
  /** of the tool, or of who speaks */
  readonly name?: string;
  /** what an assistant thought before it answered */
  readonly reasoning_content?: string;
}

/** What a chat template sees besides the messages: see docs/templates.md. */
export interface TemplateOptions {
  /** JSON schemas of functions, passed as given */
  readonly tools?: readonly JsonObject[];
  readonly documents?: readonly JsonObject[];
  /** which of several templates; when absent, `tool_use` where tools are given and there is one, else `default` */
  readonly template?: string;
  /** free variables, such as `enable_thinking` */
  readonly templateOptions?: Readonly<Record<string, JsonValue>>;
}

/** A stretch of a conversation as the template renders it. */
export interface ChatEncoding {
  readonly text: string;
  readonly tokens: number[];
}
