// Reads exported conversations (GET /conversations/ID/export) as untrusted input: names, counts and lengths are checked before
// contents, and unknown fields are refused. Fields that depend on the model (token counts, context length) are ignored.

import type { SamplingOptions } from '../../completion/sampling-options.ts';
import { type ContextPolicy, contextPolicy } from '../context-policy.ts';
import type { StoredConversation } from '../conversation-store.ts';
import { storable } from '../storable.ts';
import { badImport } from './bad-import.ts';
import { type Fields, fields, list, object, oneOf, text, whole } from './fields.ts';
import { readMessages } from './read-messages.ts';

const MOST_CONVERSATIONS = 1_000;
const LONGEST_TITLE = 200;
const LONGEST_MODEL = 512;
const MOST_SAMPLING_CHARACTERS = 16 * 1024;

const CONVERSATION = new Set([
  'id',
  'title',
  'createdAt',
  'updatedAt',
  'system',
  'model',
  'contextPolicy',
  'sampling',
  'head',
  'tokens',
  'contextLength',
  'messages',
]);
const POLICY = new Set(['kind', 'lowWater']);

/** Returns the checked sampling options, or throws. */
export type SamplingCheck = (sampling: Fields) => SamplingOptions;

export interface ImportOptions {
  readonly owner: string;
  readonly checkSampling: SamplingCheck;
}

/** Reads one export or a list of them, with new ids. Rejects with `bad_import` or the error of `checkSampling`. */
export async function readExports(
  value: unknown,
  options: ImportOptions,
): Promise<readonly StoredConversation[]> {
  if (!Array.isArray(value)) return [await readExport(value, 'the conversation', options)];
  const read: StoredConversation[] = [];
  for (const [index, one] of list(value, 'the list', MOST_CONVERSATIONS).entries())
    read.push(await readExport(one, `conversation ${index}`, options));
  return read;
}

async function readExport(
  value: unknown,
  where: string,
  { owner, checkSampling }: ImportOptions,
): Promise<StoredConversation> {
  const given = fields(value, where, CONVERSATION);
  const at = (name: string): string => `${where}: ${name}`;
  const title = storable(text(given.title, at('title'), LONGEST_TITLE));
  const system = given.system === null ? undefined : storable(text(given.system, at('system')));
  const { messages, ids } = await readMessages(given.messages, at('messages'));
  const head = given.head === null ? undefined : ids.get(text(given.head, at('head')));
  if (given.head !== null && messages.find(({ id }) => id === head)?.role !== 'assistant')
    throw badImport(at('head'), 'is not the id of an answer in it');
  return {
    record: {
      id: crypto.randomUUID(),
      owner,
      title,
      system,
      templateOptions: {},
      model: modelOf(given.model, at('model')),
      policy: readPolicy(given.contextPolicy, at('contextPolicy')),
      sampling: checkSampling(readSampling(given.sampling, at('sampling'))),
      head,
      createdAt: whole(given.createdAt, at('createdAt')),
      updatedAt: Math.min(whole(given.updatedAt, at('updatedAt')), Date.now()),
    },
    messages,
  };
}

/** The model's name is absent in exports of older versions. If there is no such model here, the default one is used. */
function modelOf(value: unknown, at: string): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : text(value, at, LONGEST_MODEL);
}

function readPolicy(value: unknown, at: string): ContextPolicy {
  const { kind, lowWater } = fields(value, at, POLICY);
  if (oneOf(kind, `${at}.kind`, ['error', 'truncate']) === 'error') return { kind: 'error' };
  if (typeof lowWater !== 'number') throw badImport(`${at}.lowWater`, 'is not a number');
  return contextPolicy({ kind: 'truncate', lowWater });
}

function readSampling(value: unknown, at: string): Fields {
  const sampling = object(value, at);
  if (JSON.stringify(sampling).length > MOST_SAMPLING_CHARACTERS)
    throw badImport(at, `has more than ${MOST_SAMPLING_CHARACTERS} characters`);
  return sampling;
}
