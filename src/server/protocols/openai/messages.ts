// Validates the messages of a chat request. The content of a message is a text or a list of text parts. Errors about images,
// audio and tool calls name the unsupported part.

import { z } from 'zod';
import { omitUndefined } from '../../../base/omit-undefined.ts';
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

const partSchema = z.strictObject({ type: z.literal('text'), text: z.string() });
const contentSchema = z.union([z.string(), z.array(partSchema).max(MAX_CONTENT_PARTS)]);
const messageShape = {
  role: z
    .enum(['system', 'developer', 'user', 'assistant'])
    .describe('"developer" means the same as "system"'),
  content: contentSchema,
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

const MESSAGE_RULES: RequestFields = {
  supported: Object.keys(messageShape),
  emptyAllowed: ['content'],
  ...MESSAGE_FIELDS,
};
const PART_RULES: RequestFields = {
  supported: Object.keys(partSchema.shape),
  emptyAllowed: ['text'],
  ...PART_FIELDS,
};

const REJECTED_ROLES: Readonly<Record<string, string>> = {
  function: 'omit such messages: function calls are not supported yet',
  tool: 'omit such messages: tool calls are not supported yet',
};

/**
 * Like `readRequest`, for a body with messages: also checks the fields of messages and content parts. Ignored fields of messages
 * are listed as `messages.NAME`.
 */
export function readWithMessages<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  fields: BodyFields,
): ParsedRequest<z.output<z.ZodObject<Shape>>> {
  const ignoredInMessages = new Set<string>();
  const ignore = (name: string): unknown => ignoredInMessages.add(name);
  const hasMessages = typeof body === 'object' && body !== null && 'messages' in body;
  const effectiveBody = hasMessages ? { ...body, messages: effectiveMessages(body.messages, ignore) } : body;
  const { parameters, ignored } = readRequest(schema, effectiveBody, fields);
  return { parameters, ignored: [...ignored, ...ignoredInMessages] };
}

function effectiveMessages(messages: unknown, ignore: (name: string) => void): unknown {
  if (!Array.isArray(messages) || messages.length > MAX_MESSAGES) return messages;
  return messages.map((message: unknown, index) => {
    if (!isObject(message)) return message;
    const prefix = `messages.${index}.`;
    // The role is checked before the fields, because many fields of tool messages are rejected.
    const { role } = message as { role?: unknown };
    checkRole(`${prefix}role`, role);
    const fields = effectiveFields(message, MESSAGE_RULES, {
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
      const message = `content parts of type ${JSON.stringify(value.type.slice(0, 64))} are not supported`;
      throw parameterError('not_supported', `${prefix}type`, message, 'send parts of type "text"');
    }
    return effectiveFields(value, PART_RULES, {
      prefix,
      ignore: (name) => ignore(`messages.content.${name}`),
    });
  });
}

function checkRole(path: string, role: unknown): void {
  if (typeof role !== 'string' || !Object.hasOwn(REJECTED_ROLES, role)) return;
  throw parameterError('not_supported', path, `the role "${role}" is not supported`, REJECTED_ROLES[role]!);
}

/** Converts messages to the form that chat templates read; text parts are joined without a separator. */
export function chatMessages(messages: WireMessages): ChatMessage[] {
  return messages.map(({ role, content: value, name, reasoning_content, reasoning }) => {
    const reasoningContent = reasoning_content ?? reasoning;
    return {
      role: role === 'developer' ? 'system' : role,
      content: typeof value === 'string' ? value : value.map(({ text }) => text).join(''),
      ...omitUndefined({ name, reasoning_content: reasoningContent }),
    };
  });
}
