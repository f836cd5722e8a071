// Chat messages and the other inputs of a chat template.

import type { JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';

/** The roles of messages. A message with the role `tool` contains the result of a tool call. */
export const ROLES = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof ROLES)[number];

/** A message with the field names of chat templates. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
  /** tool calls of an assistant: `{type: 'function', id, function: {name, arguments}}`; `arguments` is an object */
  readonly tool_calls?: readonly JsonObject[];
  /** id of the tool call whose result a `tool` message contains */
  readonly tool_call_id?: string;
  /** name of the tool or of the speaker */
  readonly name?: string;
  /** reasoning of an assistant before its answer */
  readonly reasoning_content?: string;
}

/** Inputs of a chat template besides the messages: see docs/templates.md. */
export interface TemplateOptions {
  /** JSON schemas of functions, which are passed to the template unchanged */
  readonly tools?: readonly JsonObject[];
  /** documents that the template shows to the model, which are passed to it unchanged */
  readonly documents?: readonly JsonObject[];
  /** name of the template; by default `tool_use` if tools are given and that template exists, otherwise `default` */
  readonly template?: string;
  /** template variables, such as `enable_thinking` */
  readonly templateOptions?: Readonly<Record<string, JsonValue>>;
}

/** A rendered conversation: its text and token ids. */
export interface ChatEncoding {
  readonly text: string;
  readonly tokens: number[];
}
