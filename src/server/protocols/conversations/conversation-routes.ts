// /conversations and /settings: what is stored, for the page and for programs. Each key sees its own.

import type { FastifyInstance, FastifyReply } from 'fastify';
import { defined } from '../../../base/defined.ts';
import { QuireError } from '../../../base/errors.ts';
import type { ContextPolicy } from '../../../chat/context-policy.ts';
import type { NewConversation } from '../../../chat/conversation-library.ts';
import type { ConversationChanges } from '../../../chat/conversation-store.ts';
import type { SamplingOptions } from '../../../completion/sampling-options.ts';
import type { Service } from '../../../service/service.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import { MOST_IMPORTED_VALUES } from '../../http/limits.ts';
import type { ApiContext } from '../../http/server-context.ts';
import { conversationMarkdown, conversationView, topicView } from './conversation-view.ts';
import { cursorAfter, positionOf } from './list-cursor.ts';
import * as forms from './route-descriptions.ts';

const PAGE = 50; // conversations of a list, where no limit is given
const SETTINGS_LIMIT_BYTES = 16 * 1024;

interface ById {
  Params: { id: string };
}

export function conversationRoutes(app: FastifyInstance, { service }: ApiContext): void {
  const { conversations: library, models, store, turns } = service;
  app.get('/conversations', { config: { api: forms.LIST } }, async (request, reply) => {
    const { search, limit = PAGE, before } = readBody(forms.querySchema, request.query);
    const position = before === undefined ? undefined : positionOf(before);
    const found = await library.list(request.keyId, { search, limit: limit + 1, before: position });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const next = found.length > limit && last !== undefined ? cursorAfter(last) : null;
    return fresh(reply).send({ conversations: page.map(topicView), next });
  });

  const mostValues = MOST_IMPORTED_VALUES;
  app.post('/conversations/import', { config: { api: forms.IMPORT, mostValues } }, async (request, reply) => {
    const made = await library.import(request.keyId, request.body, checkSampling);
    return fresh(reply)
      .code(201)
      .send({ conversations: made.map(conversationView) });
  });

  app.post('/conversations', { config: { api: forms.CREATE } }, async (request, reply) => {
    const asked = readBody(forms.newSchema, request.body ?? {}) as NewConversation;
    const open = await library.create(request.keyId, { ...asked, ...modelOf(models, asked) });
    return fresh(reply).code(201).send(conversationView(open));
  });

  app.get<ById>('/conversations/:id', { config: { api: forms.READ } }, async (request, reply) => {
    return fresh(reply).send(conversationView(await library.open(request.keyId, request.params.id)));
  });

  app.patch<ById>('/conversations/:id', { config: { api: forms.CHANGE } }, async (request, reply) => {
    const { contextPolicy, ...changes } = readBody(forms.changeSchema, request.body ?? {});
    const policy = contextPolicy as ContextPolicy | undefined;
    const all = {
      ...changes,
      ...defined({ policy }),
      ...modelOf(models, changes),
    } as ConversationChanges;
    const open = await library.change(request.keyId, request.params.id, all);
    return fresh(reply).send(conversationView(open));
  });

  app.delete<ById>('/conversations/:id', { config: { api: forms.REMOVE } }, async (request, reply) => {
    await library.remove(request.keyId, request.params.id);
    turns.forget(request.params.id); // nobody resumes what is gone
    return reply.code(204).send();
  });

  app.post<ById>('/conversations/:id/fork', { config: { api: forms.FORK } }, async (request, reply) => {
    const { message } = readBody(forms.forkSchema, request.body ?? {});
    const open = await library.fork(request.keyId, request.params.id, message);
    return fresh(reply).code(201).send(conversationView(open));
  });

  app.get<ById>('/conversations/:id/export', { config: { api: forms.EXPORT } }, async (request, reply) => {
    const { format } = readBody(forms.formatSchema, request.query);
    const open = await library.open(request.keyId, request.params.id);
    const [name, type, text] =
      format === 'json'
        ? ['json', 'application/json', `${JSON.stringify(conversationView(open), undefined, 2)}\n`]
        : ['md', 'text/markdown; charset=utf-8', conversationMarkdown(open)];
    const file = `attachment; filename="conversation-${open.record.id.slice(0, 8)}.${name}"`;
    return fresh(reply).header('content-disposition', file).type(type!).send(text);
  });

  app.get('/settings/page', { config: { api: forms.GET_SETTINGS } }, async (request, reply) => {
    return fresh(reply).send((await store.setting(request.keyId, 'page')) ?? {});
  });

  const bodyLimit = SETTINGS_LIMIT_BYTES;
  app.put('/settings/page', { config: { api: forms.PUT_SETTINGS }, bodyLimit }, async (request, reply) => {
    await store.set(request.keyId, 'page', settingsOf(request.body));
    return reply.code(204).send();
  });
}

/** The name that the model has here. Raises `model_not_found`. */
const modelOf = (
  models: Service['models'],
  { model }: { readonly model?: string | undefined },
): { readonly model?: string } => (model === undefined ? {} : { model: models.named(model).name });

const checkSampling = (sampling: object): SamplingOptions =>
  readBody(forms.importSamplingSchema, { sampling }).sampling as SamplingOptions;

const fresh = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store');

function settingsOf(body: unknown): Record<string, unknown> {
  const parsed = forms.settingsSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new QuireError(
    'bad_option',
    'the settings are not a JSON object',
    'send any JSON object up to 16 KiB',
  );
}
