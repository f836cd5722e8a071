// Validates the messages of a chat request. Content is a text or text parts; images, audio and tool calls are rejected by
// name.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { ChatMessage } from '../../../completion/chat-message.ts';
import {
  type BodyFields,
  isObject,
  optional,
  type ParsedRequest,
  readRequest,
} from '../../http/bodies/read-body.ts';
import { effectiveFields, type RequestFields } from '../../http/bodies/request-fields.ts';
import { parameterError } from '../../http/errors/parameter-error.ts';
import { MAX_CONTENT_PARTS, MAX_MESSAGES } from '../../http/limits.ts';
import { MESSAGE_FIELDS, PART_FIELDS } from './compatibility-fields.ts';

const part = z.strictObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(part).max(MAX_CONTENT_PARTS)]);
const messageShape = {
  role: z
    .enum(['system', 'developer', 'user', 'assistant'])
    .describe('"developer" means the same as "system"'),
  content,
  name: optional(z.string().min(1).max(256)),
  reasoning_content: optional(z.string()).describe("the assistant's reasoning"),
  reasoning: optional(z.string()).describe('the same as "reasoning_content"'),
};

export const messagesSchema = z
  .array(z.strictObject(messageShape))
  .min(1)
  .max(MAX_MESSAGES)
  .describe(
    `1 to ${MAX_MESSAGES} messages, each with "role" (system or developer, user, assistant) and "content" (a text, or text parts)`,
  );

export type WireMessages = z.output<typeof messagesSchema>;

const MESSAGE: RequestFields = {
  supported: Object.keys(messageShape),
  emptyAllowed: ['content'],
  ...MESSAGE_FIELDS,
};
const PART: RequestFields = { supported: Object.keys(part.shape), emptyAllowed: ['text'], ...PART_FIELDS };

const REJECTED_ROLES: Readonly<Record<string, string>> = {
  function: 'omit such messages: function calls are not supported yet',
  tool: 'omit such messages: tool calls are not supported yet',
};

/**
 * As `readRequest`, for a body with messages, which also checks the fields of messages and content parts. Fields of messages
 * without effect are listed as `messages.NAME`.
 */
export function readWithMessages<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  fields: BodyFields,
): ParsedRequest<z.output<z.ZodObject<Shape>>> {
  const ignoredInMessages = new Set<string>();
  const ignore = (name: string): unknown => ignoredInMessages.add(name);
  const hasMessages = typeof body === 'object' && body !== null && 'messages' in body;
  const checked = hasMessages ? { ...body, messages: effectiveMessages(body.messages, ignore) } : body;
  const { parameters, ignored } = readRequest(schema, checked, fields);
  return { parameters, ignored: [...ignored, ...ignoredInMessages] };
}

function effectiveMessages(messages: unknown, ignore: (name: string) => void): unknown {
  if (!Array.isArray(messages) || messages.length > MAX_MESSAGES) return messages;
  return messages.map((message: unknown, index) => {
    if (!isObject(message)) return message;
    const prefix = `messages.${index}.`;
    // Checked before the fields, because a message of a tool has many that are rejected.
    const { role } = message as { role?: unknown };
    checkRole(`${prefix}role`, role);
    const fields = effectiveFields(message, MESSAGE, {
      prefix,
      ignore: (name) => ignore(`messages.${name}`),
    });
    // The content of an assistant message with tool calls only, or with a refusal, is null.
    if (role === 'assistant' && fields.content === undefined && 'content' in message) fields.content = '';
    if (Array.isArray(fields.content))
      fields.content = effectiveParts(`${prefix}content`, fields.content, ignore);
    return fields;
  });
}

function effectiveParts(path: string, parts: readonly unknown[], ignore: (name: string) => void): unknown {
  if (parts.length > MAX_CONTENT_PARTS) return parts;
  return parts.map((value, index) => {
    if (!isObject(value)) return value;
    const prefix = `${path}.${index}.`;
    if ('type' in value && typeof value.type === 'string' && value.type !== 'text') {
      const what = `content parts of type ${JSON.stringify(value.type.slice(0, 64))} are not supported`;
      throw parameterError('not_supported', `${prefix}type`, what, 'send parts of type "text"');
    }
    return effectiveFields(value, PART, { prefix, ignore: (name) => ignore(`messages.content.${name}`) });
  });
}

function checkRole(path: string, role: unknown): void {
  if (typeof role !== 'string' || !Object.hasOwn(REJECTED_ROLES, role)) return;
  throw parameterError('not_supported', path, `the role "${role}" is not supported`, REJECTED_ROLES[role]!);
}

/** Returns messages as chat templates read them; text parts are joined without a separator. */
export function chatMessages(messages: WireMessages): ChatMessage[] {
  return messages.map(({ role, content: value, name, reasoning_content, reasoning }) => {
    const reasoningContent = reasoning_content ?? reasoning;
    return {
      role: role === 'developer' ? 'system' : role,
      content: typeof value === 'string' ? value : value.map(({ text }) => text).join(''),
      ...defined({ name, reasoning_content: reasoningContent }),
    };
  });
}
