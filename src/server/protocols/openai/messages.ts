// The messages of a chat request. Contents are a text, or parts that are texts; pictures, sounds and calls of tools
// are refused by name.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { ChatMessage } from '../../../completion/chat-message.ts';
import { type BodyFields, optional, type ReadRequest, readRequest } from '../../http/bodies/read-body.ts';
import { effectiveFields, type RequestFields } from '../../http/bodies/request-fields.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { MOST_MESSAGES, MOST_PARTS } from '../../http/limits.ts';
import { MESSAGE_FIELDS, PART_FIELDS } from './compatibility-fields.ts';

const part = z.strictObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(part).max(MOST_PARTS)]);
const messageShape = {
  role: z
    .enum(['system', 'developer', 'user', 'assistant'])
    .describe('"developer" is the newer name of "system", and means the same'),
  content,
  name: optional(z.string().min(1).max(256)),
  reasoning_content: optional(z.string()).describe('what an assistant thought'),
  reasoning: optional(z.string()).describe('the same under the name that other servers give it'),
};

export const messagesSchema = z
  .array(z.strictObject(messageShape))
  .min(1)
  .max(MOST_MESSAGES)
  .describe(
    `1 to ${MOST_MESSAGES} messages, each with "role" (system or developer, user, assistant) and "content" (a text, or text parts)`,
  );

export type WireMessages = z.output<typeof messagesSchema>;

const MESSAGE: RequestFields = {
  honoured: Object.keys(messageShape),
  meantEmpty: ['content'],
  ...MESSAGE_FIELDS,
};
const PART: RequestFields = { honoured: Object.keys(part.shape), meantEmpty: ['text'], ...PART_FIELDS };

const REFUSED_ROLES: Readonly<Record<string, string>> = {
  function: 'leave such messages out: calling functions is not offered yet',
  tool: 'leave such messages out: calling tools is not offered yet',
};

/**
 * A body with messages, which keep the fields that the model reads. Raises `not_supported` and `unknown_option` by name,
 * and what `readRequest` does. What had no effect in messages is named `messages.NAME`.
 */
export function readWithMessages<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  fields: BodyFields,
): ReadRequest<z.output<z.ZodObject<Shape>>> {
  const inMessages = new Set<string>();
  const has = typeof body === 'object' && body !== null && 'messages' in body;
  const given = has ? { ...body, messages: messagesOf(body.messages, (name) => inMessages.add(name)) } : body;
  const { asked, ignored } = readRequest(schema, given, fields);
  return { asked, ignored: [...ignored, ...inMessages] };
}

function messagesOf(messages: unknown, ignore: (name: string) => void): unknown {
  if (!Array.isArray(messages) || messages.length > MOST_MESSAGES) return messages;
  return messages.map((message: unknown, index) => {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return message;
    const before = `messages.${index}.`;
    // Before its fields, because a message of a tool is refused for what it is.
    const { role } = message as { role?: unknown };
    refuseRole(`${before}role`, role);
    const kept = effectiveFields(message, MESSAGE, {
      before,
      ignore: (name) => ignore(`messages.${name}`),
    });
    // What an assistant says with calls alone, or with a refusal, is null.
    if (role === 'assistant' && kept.content === undefined && 'content' in message) kept.content = '';
    if (Array.isArray(kept.content)) kept.content = partsOf(`${before}content`, kept.content, ignore);
    return kept;
  });
}

function partsOf(path: string, parts: readonly unknown[], ignore: (name: string) => void): unknown {
  if (parts.length > MOST_PARTS) return parts;
  return parts.map((one, index) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const before = `${path}.${index}.`;
    if ('type' in one && typeof one.type === 'string' && one.type !== 'text') {
      const what = `a part of the type ${JSON.stringify(one.type.slice(0, 64))} is not offered`;
      throw parameterError('not_supported', `${before}type`, what, 'send parts of the type "text"');
    }
    return effectiveFields(one, PART, { before, ignore: (name) => ignore(`messages.content.${name}`) });
  });
}

function refuseRole(path: string, role: unknown): void {
  if (typeof role !== 'string' || !Object.hasOwn(REFUSED_ROLES, role)) return;
  throw parameterError('not_supported', path, `the role "${role}" is not offered`, REFUSED_ROLES[role]!);
}

/** Messages as templates read them; parts follow each other without anything between them. */
export function chatMessages(messages: WireMessages): ChatMessage[] {
  return messages.map(({ role, content: given, name, reasoning_content, reasoning }) => {
    const thought = reasoning_content ?? reasoning;
    return {
      role: role === 'developer' ? 'system' : role,
      content: typeof given === 'string' ? given : given.map(({ text }) => text).join(''),
      ...defined({ name, reasoning_content: thought }),
    };
  });
}
