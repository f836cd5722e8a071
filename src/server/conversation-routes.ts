// /conversations and /settings: what is stored, for the page and for programs. Each key sees its own.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { QuireError } from '../base/errors.ts';
import type { ContextPolicy } from '../chat/context-policy.ts';
import type { ConversationLibrary, NewConversation } from '../chat/conversation-library.ts';
import type { ConversationChanges, ConversationStore } from '../chat/conversation-store.ts';
import { policySchema, samplingSchema } from './chat-protocol.ts';
import { conversationMarkdown, conversationView, topicView } from './conversation-view.ts';

const SETTINGS_LIMIT_BYTES = 16 * 1024;

const title = z.string().min(1).max(200);
const querySchema = z.strictObject({
  search: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  before: z.coerce.number().int().min(0).optional(),
});
const newSchema = z
  .strictObject({ system: z.string(), title, contextPolicy: policySchema, sampling: samplingSchema })
  .partial();
const changeSchema = z
  .strictObject({
    title,
    head: z.string().min(1).max(64),
    contextPolicy: policySchema,
    sampling: samplingSchema,
  })
  .partial();
const forkSchema = z.strictObject({ message: z.string().min(1).max(64) }).partial();
const formatSchema = z.strictObject({ format: z.enum(['json', 'markdown']).default('json') });
const settingsSchema = z.record(z.string(), z.json());

type ById = FastifyRequest<{ Params: { id: string } }>;

export interface StoredWorld {
  readonly library: ConversationLibrary;
  readonly store: ConversationStore;
}

export function conversationRoutes(app: FastifyInstance, { library, store }: StoredWorld): void {
  app.get('/conversations', async (request, reply) => {
    const query = checked(querySchema, request.query);
    const found = await library.list(request.keyId, query);
    return fresh(reply).send({ conversations: found.map(topicView) });
  });

  app.post('/conversations', async (request, reply) => {
    const asked = checked(newSchema, request.body ?? {}) as NewConversation;
    const open = await library.create(request.keyId, asked);
    return fresh(reply).code(201).send(conversationView(open));
  });

  app.get('/conversations/:id', async (request: ById, reply) => {
    return fresh(reply).send(conversationView(await library.open(request.keyId, request.params.id)));
  });

  app.patch('/conversations/:id', async (request: ById, reply) => {
    const { contextPolicy, ...changes } = checked(changeSchema, request.body ?? {});
    const policy = contextPolicy as ContextPolicy | undefined;
    const all = { ...changes, ...(policy === undefined ? {} : { policy }) } as ConversationChanges;
    const open = await library.change(request.keyId, request.params.id, all);
    return fresh(reply).send(conversationView(open));
  });

  app.delete('/conversations/:id', async (request: ById, reply) => {
    await library.remove(request.keyId, request.params.id);
    return reply.code(204).send();
  });

  app.post('/conversations/:id/fork', async (request: ById, reply) => {
    const { message } = checked(forkSchema, request.body ?? {});
    const open = await library.fork(request.keyId, request.params.id, message);
    return fresh(reply).code(201).send(conversationView(open));
  });

  app.get('/conversations/:id/export', async (request: ById, reply) => {
    const { format } = checked(formatSchema, request.query);
    const open = await library.open(request.keyId, request.params.id);
    const [name, type, text] =
      format === 'json'
        ? ['json', 'application/json', `${JSON.stringify(conversationView(open), undefined, 2)}\n`]
        : ['md', 'text/markdown; charset=utf-8', conversationMarkdown(open)];
    const file = `attachment; filename="conversation-${open.record.id.slice(0, 8)}.${name}"`;
    return fresh(reply).header('content-disposition', file).type(type!).send(text);
  });

  app.get('/settings/page', async (request, reply) => {
    return fresh(reply).send((await store.setting(request.keyId, 'page')) ?? {});
  });

  app.put('/settings/page', { bodyLimit: SETTINGS_LIMIT_BYTES }, async (request, reply) => {
    await store.set(request.keyId, 'page', checked(settingsSchema, request.body));
    return reply.code(204).send();
  });
}

const fresh = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store');

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.join('.') || 'the request';
  throw new QuireError(
    'bad_option',
    `${where} is not valid (${issue.message.slice(0, 120)})`,
    'see docs/chat-protocol.md',
  );
}
