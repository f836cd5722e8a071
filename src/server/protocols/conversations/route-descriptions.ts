// Descriptions of the conversation routes. The schemas validate requests and appear in /openapi.json.

import { z } from 'zod';
import { answerSchema, modelNameSchema, policySchema } from '../../http/bodies/conversation-schemas.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';

const TAG = 'conversations';
const id = z.string().min(1).max(64);
const title = z.string().min(1).max(200);
const model = modelNameSchema.describe('a model name that /v1/models lists');

export const listQuerySchema = z.strictObject({
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  before: z
    .string()
    .min(1)
    .max(200)
    .describe('`next` of the previous page, or Unix time in milliseconds for conversations changed earlier')
    .optional(),
});
export const newConversationSchema = z
  .strictObject({ system: z.string(), title, model, contextPolicy: policySchema, sampling: answerSchema })
  .partial();
export const conversationChangesSchema = z
  .strictObject({ title, head: id, model, contextPolicy: policySchema, sampling: answerSchema })
  .partial();
export const forkSchema = z.strictObject({ message: id }).partial();
export const exportQuerySchema = z.strictObject({ format: z.enum(['json', 'markdown']).default('json') });
export const importSamplingSchema = z.strictObject({ sampling: answerSchema });
export const settingsSchema = z.record(z.string(), z.json());

const summaryShape = {
  id: z.string(),
  title: z.string(),
  createdAt: z.int().describe('Unix time in milliseconds'),
  updatedAt: z.int().describe('Unix time in milliseconds'),
};

const countSchema = z.int().min(0);
const messageSchema = z.strictObject({
  id: z.string(),
  parent: z.string().nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  state: z.enum(['complete', 'running', 'cancelled', 'interrupted']),
  createdAt: z.int(),
  droppedMessages: countSchema.describe('number of earlier messages that the model did not receive'),
  report: z
    .strictObject({
      finishReason: z.enum(['stop', 'length', 'cancelled']),
      promptTokens: countSchema,
      cachedTokens: countSchema,
      computedTokens: countSchema,
      generatedTokens: countSchema,
      seed: z.int(),
    })
    .optional(),
});

const conversationSchema = z.strictObject({
  ...summaryShape,
  system: z.string().nullable(),
  model: z.string().nullable().optional().describe('the model that answers; null for the default model'),
  contextPolicy: policySchema,
  sampling: answerSchema,
  head: z.string().nullable().describe('id of the last message of the current branch'),
  tokens: countSchema.describe('number of tokens of the current branch'),
  contextLength: z.int().min(1).optional().describe('context length of the model, if the model is loaded'),
  messages: z.array(messageSchema).describe('the messages of all branches, parents before children'),
});

const jsonResponse = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': schema },
});
const conversationResponse = jsonResponse('the conversation', conversationSchema);
const noContent = { description: 'success', content: {} };

export const LIST_CONVERSATIONS: RouteDescription = {
  summary: 'List the conversations of this key, most recently changed first',
  tag: TAG,
  query: listQuerySchema.shape,
  responses: {
    200: jsonResponse(
      'a page of the list',
      z.strictObject({
        conversations: z.array(z.strictObject(summaryShape)),
        next: z.string().nullable().describe('`before` of the next page; null on the last page'),
      }),
    ),
  },
  errors: [400, 401, 403],
};

export const CREATE_CONVERSATION: RouteDescription = {
  summary: 'Create a conversation',
  tag: TAG,
  body: newConversationSchema,
  responses: { 201: conversationResponse },
  errors: [400, 401, 403, 404, 503],
};

export const IMPORT_CONVERSATIONS: RouteDescription = {
  summary:
    'Import one exported conversation or a list of them; either all conversations are imported, or none',
  tag: TAG,
  body: z.union([conversationSchema, z.array(conversationSchema)]),
  responses: {
    201: jsonResponse(
      'the imported conversations, with new ids',
      z.strictObject({ conversations: z.array(conversationSchema) }),
    ),
  },
  errors: [400, 401, 403, 413],
};

export const READ_CONVERSATION: RouteDescription = {
  summary: 'Get a conversation with all branches',
  tag: TAG,
  params: { id },
  responses: { 200: conversationResponse },
  errors: [401, 403, 404],
};

export const CHANGE_CONVERSATION: RouteDescription = {
  summary: 'Change the title, current branch, model, context policy or sampling options of a conversation',
  tag: TAG,
  params: { id },
  body: conversationChangesSchema,
  responses: { 200: conversationResponse },
  errors: [400, 401, 403, 404, 409, 503],
};

export const REMOVE_CONVERSATION: RouteDescription = {
  summary: 'Delete a conversation',
  tag: TAG,
  params: { id },
  responses: { 204: noContent },
  errors: [401, 403, 404, 409],
};

export const FORK_CONVERSATION: RouteDescription = {
  summary: 'Copy a branch of a conversation to a new conversation',
  tag: TAG,
  params: { id },
  body: forkSchema,
  responses: { 201: conversationResponse },
  errors: [400, 401, 403, 404],
};

export const EXPORT_CONVERSATION: RouteDescription = {
  summary: 'Export a conversation as a file',
  tag: TAG,
  params: { id },
  query: exportQuerySchema.shape,
  responses: {
    200: {
      description: 'all branches as JSON, or the current branch as Markdown',
      content: { 'application/json': conversationSchema, 'text/markdown': z.string() },
    },
  },
  errors: [400, 401, 403, 404],
};

export const GET_SETTINGS: RouteDescription = {
  summary: 'Get the settings of the page',
  tag: 'settings',
  responses: { 200: jsonResponse('the stored settings, or an empty object', settingsSchema) },
  errors: [401, 403],
};

export const PUT_SETTINGS: RouteDescription = {
  summary: 'Store the settings of the page, up to 16 KiB',
  tag: 'settings',
  body: settingsSchema,
  responses: { 204: noContent },
  errors: [400, 401, 403, 413],
};
