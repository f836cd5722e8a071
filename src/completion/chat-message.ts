// Chat messages with the field names of chat templates, and the other inputs of a template.

import type { JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';

/** Roles of messages; a `tool` message is the result of a call. */
export const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** A message with the field names of chat templates. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
  /** tool calls of an assistant: `{type: 'function', id, function: {name, arguments}}`, `arguments` an object */
  readonly tool_calls?: readonly JsonObject[];
  /** id of the call whose result a `tool` message is */
  readonly tool_call_id?: string;
  /** name of the tool or of the speaker */
  readonly name?: string;
  /** reasoning of an assistant before its answer */
  readonly reasoning_content?: string;
}

/** Inputs of a chat template besides the messages: see docs/templates.md. */
export interface TemplateOptions {
  /** JSON schemas of functions, passed as given */
  readonly tools?: readonly JsonObject[];
  readonly documents?: readonly JsonObject[];
  /** name of the template; by default `tool_use` if tools are given and it exists, else `default` */
  readonly template?: string;
  /** template variables, such as `enable_thinking` */
  readonly templateOptions?: Readonly<Record<string, JsonValue>>;
}

/** A rendered conversation: its text and token ids. */
export interface ChatEncoding {
  readonly text: string;
  readonly tokens: number[];
}
