// What the routes of conversations take and give: validated by these schemas, and shown at /openapi.json.

import { z } from 'zod';
import { modelNameSchema, policySchema, samplingSchema } from '../../http/bodies/conversation-schemas.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';

const TAG = 'conversations';
const id = z.string().min(1).max(64);
const title = z.string().min(1).max(200);
const model = modelNameSchema.describe('a name of /v1/models');

export const querySchema = z.strictObject({
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  before: z
    .string()
    .min(1)
    .max(200)
    .describe('the `next` of the page before; or milliseconds since 1970, for those changed earlier')
    .optional(),
});
export const newSchema = z
  .strictObject({ system: z.string(), title, model, contextPolicy: policySchema, sampling: samplingSchema })
  .partial();
export const changeSchema = z
  .strictObject({ title, head: id, model, contextPolicy: policySchema, sampling: samplingSchema })
  .partial();
export const forkSchema = z.strictObject({ message: id }).partial();
export const formatSchema = z.strictObject({ format: z.enum(['json', 'markdown']).default('json') });
export const importSamplingSchema = z.strictObject({ sampling: samplingSchema });
export const settingsSchema = z.record(z.string(), z.json());

const topicShape = {
  id: z.string(),
  title: z.string(),
  createdAt: z.int().describe('milliseconds since 1970'),
  updatedAt: z.int().describe('milliseconds since 1970'),
};

const count = z.int().min(0);
const messageSchema = z.strictObject({
  id: z.string(),
  parent: z.string().nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  state: z.enum(['complete', 'running', 'cancelled', 'interrupted']),
  createdAt: z.int(),
  droppedMessages: count.describe('earlier messages that the model did not see'),
  report: z
    .strictObject({
      finishReason: z.enum(['stop', 'length', 'cancelled']),
      promptTokens: count,
      cachedTokens: count,
      computedTokens: count,
      generatedTokens: count,
      seed: z.int(),
    })
    .optional(),
});

const conversationSchema = z.strictObject({
  ...topicShape,
  system: z.string().nullable(),
  model: z.string().nullable().optional().describe('which answers; null for the default one'),
  contextPolicy: policySchema,
  sampling: samplingSchema,
  head: z.string().nullable().describe('the message that ends the current branch'),
  tokens: count.describe('of the current branch'),
  contextLength: z.int().min(1).optional().describe('of its model, where that is loaded'),
  messages: z.array(messageSchema).describe('all branches, parents before children'),
});

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': schema },
});
const whole = json('the conversation', conversationSchema);
const nothing = { description: 'done', content: {} };

export const LIST: RouteDescription = {
  summary: 'Conversations of this key, the last changed first',
  tag: TAG,
  query: querySchema.shape,
  answers: {
    200: json(
      'a page of the list',
      z.strictObject({
        conversations: z.array(z.strictObject(topicShape)),
        next: z.string().nullable().describe('`before` of the next page; null where there is none'),
      }),
    ),
  },
  errors: [400, 401, 403],
};

export const CREATE: RouteDescription = {
  summary: 'Begin a conversation',
  tag: TAG,
  body: newSchema,
  answers: { 201: whole },
  errors: [400, 401, 403, 404],
};

export const IMPORT: RouteDescription = {
  summary: 'What was exported as JSON, one or a list, as conversations of this key: all of them or none',
  tag: TAG,
  body: z.union([conversationSchema, z.array(conversationSchema)]),
  answers: {
    201: json(
      'the conversations, with new ids',
      z.strictObject({ conversations: z.array(conversationSchema) }),
    ),
  },
  errors: [400, 401, 403, 413],
};

export const READ: RouteDescription = {
  summary: 'One conversation with all its branches',
  tag: TAG,
  params: { id },
  answers: { 200: whole },
  errors: [401, 403, 404],
};

export const CHANGE: RouteDescription = {
  summary: 'Change its title, its current branch, its model, its context policy or how it is sampled',
  tag: TAG,
  params: { id },
  body: changeSchema,
  answers: { 200: whole },
  errors: [400, 401, 403, 404, 409],
};

export const REMOVE: RouteDescription = {
  summary: 'Remove a conversation',
  tag: TAG,
  params: { id },
  answers: { 204: nothing },
  errors: [401, 403, 404, 409],
};

export const FORK: RouteDescription = {
  summary: 'A conversation of its own with the same beginning',
  tag: TAG,
  params: { id },
  body: forkSchema,
  answers: { 201: whole },
  errors: [400, 401, 403, 404],
};

export const EXPORT: RouteDescription = {
  summary: 'A conversation as a file',
  tag: TAG,
  params: { id },
  query: formatSchema.shape,
  answers: {
    200: {
      description: 'all branches as JSON, or the current one as Markdown',
      content: { 'application/json': conversationSchema, 'text/markdown': z.string() },
    },
  },
  errors: [400, 401, 403, 404],
};

export const GET_SETTINGS: RouteDescription = {
  summary: 'What the page remembers',
  tag: 'settings',
  answers: { 200: json('what was put there, or an empty object', settingsSchema) },
  errors: [401, 403],
};

export const PUT_SETTINGS: RouteDescription = {
  summary: 'What the page is to remember, up to 16 KiB',
  tag: 'settings',
  body: settingsSchema,
  answers: { 204: nothing },
  errors: [400, 401, 403, 413],
};
