// The routes /conversations and /settings: stored conversations and page settings. A key has access only to the conversations and
// settings that it owns.

import type { FastifyInstance, FastifyReply } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { ContextPolicy } from '../../../chat/context-policy.ts';
import type { NewConversation } from '../../../chat/conversation-library.ts';
import type { ConversationChanges } from '../../../chat/conversation-store.ts';
import type { AnswerOptions } from '../../../completion/request-options.ts';
import type { Service } from '../../../service/service.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import { MAX_IMPORT_VALUES } from '../../http/limits.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { conversationMarkdown, conversationSummary, conversationView } from './conversation-view.ts';
import { cursorAfter, positionOf } from './list-cursor.ts';
import * as routes from './route-descriptions.ts';

const DEFAULT_PAGE_SIZE = 50;
const SETTINGS_LIMIT_BYTES = 16 * 1024;

interface ConversationParams {
  Params: { id: string };
}

export function conversationRoutes(app: FastifyInstance, { service }: ServerContext): void {
  const { conversations: library, models, store, turns } = service;
  app.get('/conversations', { config: { api: routes.LIST_CONVERSATIONS } }, async (request, reply) => {
    const { search, limit = DEFAULT_PAGE_SIZE, before } = readBody(routes.listQuerySchema, request.query);
    const position = before === undefined ? undefined : positionOf(before);
    const records = await library.list(request.keyId, { search, limit: limit + 1, before: position });
    const page = records.slice(0, limit);
    const lastRecord = page.at(-1);
    const next = records.length > limit && lastRecord !== undefined ? cursorAfter(lastRecord) : null;
    return noStore(reply).send({ conversations: page.map(conversationSummary), next });
  });

  const maxBodyValues = MAX_IMPORT_VALUES;
  app.post(
    '/conversations/import',
    { config: { api: routes.IMPORT_CONVERSATIONS, maxBodyValues } },
    async (request, reply) => {
      const imported = await library.import(request.keyId, request.body, checkSampling);
      return noStore(reply)
        .code(201)
        .send({ conversations: imported.map(conversationView) });
    },
  );

  app.post('/conversations', { config: { api: routes.CREATE_CONVERSATION } }, async (request, reply) => {
    const settings = readBody(routes.newConversationSchema, request.body ?? {}) as NewConversation;
    const model = listedModel(models, settings);
    checkAdapter(models, settings);
    const open = await library.create(request.keyId, { ...settings, ...model });
    return noStore(reply).code(201).send(conversationView(open));
  });

  app.get<ConversationParams>(
    '/conversations/:id',
    { config: { api: routes.READ_CONVERSATION } },
    async (request, reply) => {
      return noStore(reply).send(conversationView(await library.open(request.keyId, request.params.id)));
    },
  );

  app.patch<ConversationParams>(
    '/conversations/:id',
    { config: { api: routes.CHANGE_CONVERSATION } },
    async (request, reply) => {
      const { contextPolicy, ...changes } = readBody(routes.conversationChangesSchema, request.body ?? {});
      const policy = contextPolicy as ContextPolicy | undefined;
      const { id } = request.params;
      const allChanges = {
        ...changes,
        ...omitUndefined({ policy }),
        ...listedModel(models, changes),
      } as ConversationChanges;
      const { model, sampling } = allChanges;
      if (model !== undefined || sampling !== undefined)
        checkAdapter(models, { ...(await library.open(request.keyId, id)).record, ...allChanges });
      const open = await library.change(request.keyId, id, allChanges);
      return noStore(reply).send(conversationView(open));
    },
  );

  app.delete<ConversationParams>(
    '/conversations/:id',
    { config: { api: routes.REMOVE_CONVERSATION } },
    async (request, reply) => {
      await library.remove(request.keyId, request.params.id);
      turns.forget(request.params.id);
      return reply.code(204).send();
    },
  );

  app.post<ConversationParams>(
    '/conversations/:id/fork',
    { config: { api: routes.FORK_CONVERSATION } },
    async (request, reply) => {
      const { message } = readBody(routes.forkSchema, request.body ?? {});
      const open = await library.fork(request.keyId, request.params.id, message);
      return noStore(reply).code(201).send(conversationView(open));
    },
  );

  app.get<ConversationParams>(
    '/conversations/:id/export',
    { config: { api: routes.EXPORT_CONVERSATION } },
    async (request, reply) => {
      const { format } = readBody(routes.exportQuerySchema, request.query);
      const open = await library.open(request.keyId, request.params.id);
      const [extension, contentType, text] =
        format === 'json'
          ? ['json', 'application/json', `${JSON.stringify(conversationView(open), undefined, 2)}\n`]
          : ['md', 'text/markdown; charset=utf-8', conversationMarkdown(open)];
      const disposition = `attachment; filename="conversation-${open.record.id.slice(0, 8)}.${extension}"`;
      return noStore(reply).header('content-disposition', disposition).type(contentType!).send(text);
    },
  );

  app.get('/settings/page', { config: { api: routes.GET_SETTINGS } }, async (request, reply) => {
    return noStore(reply).send((await store.setting(request.keyId, 'page')) ?? {});
  });

  const bodyLimit = SETTINGS_LIMIT_BYTES;
  app.put('/settings/page', { config: { api: routes.PUT_SETTINGS }, bodyLimit }, async (request, reply) => {
    await store.set(request.keyId, 'page', readSettings(request.body));
    return reply.code(204).send();
  });
}

/** Returns the listed name of the model in the settings, if any. Throws `model_not_found` and `adapter_not_found`. */
const listedModel = (
  models: Service['models'],
  { model }: { readonly model?: string | undefined },
): { readonly model?: string } => (model === undefined ? {} : { model: models.listed(model).name });

/**
 * Throws `adapter_not_found`, or `bad_option` if the name of the model selects another adapter than the options; also the errors of a
 * model that is not ready, whose adapters are not known.
 */
function checkAdapter(
  models: Service['models'],
  { model, sampling }: Pick<NewConversation, 'model' | 'sampling'>,
): void {
  models.nameFor(model, sampling?.adapter);
}

const checkSampling = (sampling: object): AnswerOptions =>
  readBody(routes.importSamplingSchema, { sampling }).sampling as AnswerOptions;

const noStore = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store');

function readSettings(body: unknown): Record<string, unknown> {
  const parsed = routes.settingsSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new QuireError(
    'bad_option',
    'the settings are not a JSON object',
    'send a JSON object of at most 16 KiB',
  );
}
