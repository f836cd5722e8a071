// The messages of a chat request. Contents are a text, or parts that are texts; pictures, sounds and calls of tools
// are refused by name.

import { z } from 'zod';
import type { ChatMessage } from '../../base/completer.ts';
import { MOST_MESSAGES, MOST_PARTS } from '../limits.ts';
import { ParameterError } from '../parameter-error.ts';
import { checkName, optional } from '../request-body.ts';

const part = z.strictObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(part).min(1).max(MOST_PARTS)]);
const messageShape = {
  role: z.enum(['system', 'user', 'assistant']),
  content,
  name: optional(z.string().min(1).max(256)),
  reasoning_content: optional(z.string()),
};

export const messagesSchema = z
  .array(z.strictObject(messageShape))
  .min(1)
  .max(MOST_MESSAGES)
  .describe(
    `1 to ${MOST_MESSAGES} messages, each with "role" (system, user, assistant) and "content" (a text, or text parts)`,
  );

export type WireMessages = z.output<typeof messagesSchema>;

const REFUSED_FIELDS = {
  audio: 'leave it out: messages are text',
  function_call: 'leave it out: calling functions is not offered yet',
  refusal: 'send it as "content"',
  tool_call_id: 'leave it out: calling tools is not offered yet',
  tool_calls: 'leave it out: calling tools is not offered yet',
};

const REFUSED_ROLES: Readonly<Record<string, string>> = {
  developer: 'use "system"',
  function: 'leave such messages out: calling functions is not offered yet',
  tool: 'leave such messages out: calling tools is not offered yet',
};

/**
 * Messages without what means nothing (null for a field that is not offered). Raises `not_supported` and
 * `unknown_option` by name; what else is wrong is left to the schema.
 */
export function refuseInMessages(messages: unknown): unknown {
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES) return messages;
  return messages.map((message: unknown, index) => {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return message;
    const path = `messages.${index}`;
    const fields = Object.entries(message).filter(
      ([name, value]) => !(value === null && Object.hasOwn(REFUSED_FIELDS, name)),
    );
    for (const [name] of fields) checkName(name, `${path}.`, Object.keys(messageShape), REFUSED_FIELDS);
    const { role, content: given } = message as { role?: unknown; content?: unknown };
    refuseValue(`${path}.role`, role, REFUSED_ROLES);
    if (Array.isArray(given)) refuseParts(`${path}.content`, given);
    return Object.fromEntries(fields);
  });
}

function refuseParts(path: string, parts: readonly unknown[]): void {
  for (const [index, one] of parts.slice(0, MOST_PARTS).entries()) {
    const type: unknown = typeof one === 'object' && one !== null && 'type' in one ? one.type : undefined;
    if (typeof type !== 'string' || type === 'text') continue;
    const what = `a part of the type ${JSON.stringify(type.slice(0, 64))} is not offered`;
    throw new ParameterError('not_supported', `${path}.${index}.type`, what, 'send parts of the type "text"');
  }
}

function refuseValue(path: string, value: unknown, refused: Readonly<Record<string, string>>): void {
  if (typeof value !== 'string' || !Object.hasOwn(refused, value)) return;
  throw new ParameterError('not_supported', path, `the role "${value}" is not offered`, refused[value]!);
}

/** Messages as templates read them; parts follow each other without anything between them. */
export function chatMessages(messages: WireMessages): ChatMessage[] {
  return messages.map(({ role, content: given, name, reasoning_content }) => ({
    role,
    content: typeof given === 'string' ? given : given.map(({ text }) => text).join(''),
    ...(name === undefined ? {} : { name }),
    ...(reasoning_content === undefined ? {} : { reasoning_content }),
  }));
}
