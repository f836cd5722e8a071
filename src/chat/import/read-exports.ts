// Reads exported conversations (GET /conversations/ID/export) as untrusted input: checks field names, counts and lengths before
// contents, and rejects unknown fields. Ignores fields that depend on the model (token counts, context length).

import type { AnswerOptions } from '../../completion/request-options.ts';
import { type ContextPolicy, contextPolicy } from '../context-policy.ts';
import type { StoredConversation } from '../conversation-store.ts';
import { replaceUnstorable } from '../replace-unstorable.ts';
import { badImport } from './bad-import.ts';
import {
  type Fields,
  readChoice,
  readFields,
  readList,
  readObject,
  readText,
  readWholeNumber,
} from './fields.ts';
import { readMessages } from './read-messages.ts';

const MAX_CONVERSATIONS = 1_000;
const MAX_TITLE_LENGTH = 200;
const MAX_MODEL_NAME_LENGTH = 512;
const MAX_SAMPLING_CHARACTERS = 16 * 1024;

const CONVERSATION_FIELDS = new Set([
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
const POLICY_FIELDS = new Set(['kind', 'lowWater']);

/** Returns `sampling` as sampling options. Throws if an option is invalid. */
export type SamplingCheck = (sampling: Fields) => AnswerOptions;

export interface ImportOptions {
  readonly owner: string;
  readonly checkSampling: SamplingCheck;
}

/** Reads one export or a list of exports and assigns new ids. Rejects with `bad_import` or the error of `checkSampling`. */
export async function readExports(
  value: unknown,
  options: ImportOptions,
): Promise<readonly StoredConversation[]> {
  if (!Array.isArray(value)) return [await readExport(value, 'the conversation', options)];
  const conversations: StoredConversation[] = [];
  for (const [index, exported] of readList(value, 'the list', MAX_CONVERSATIONS).entries())
    conversations.push(await readExport(exported, `conversation ${index}`, options));
  return conversations;
}

async function readExport(
  value: unknown,
  path: string,
  { owner, checkSampling }: ImportOptions,
): Promise<StoredConversation> {
  const exported = readFields(value, path, CONVERSATION_FIELDS);
  const at = (name: string): string => `${path}: ${name}`;
  const title = replaceUnstorable(readText(exported.title, at('title'), MAX_TITLE_LENGTH));
  const system =
    exported.system === null ? undefined : replaceUnstorable(readText(exported.system, at('system')));
  const { messages, ids } = await readMessages(exported.messages, at('messages'));
  const head = exported.head === null ? undefined : ids.get(readText(exported.head, at('head')));
  if (exported.head !== null && messages.find(({ id }) => id === head)?.role !== 'assistant')
    throw badImport(at('head'), 'is not the id of an answer of this conversation');
  return {
    record: {
      id: crypto.randomUUID(),
      owner,
      title,
      system,
      templateOptions: {},
      model: readModelName(exported.model, at('model')),
      policy: readPolicy(exported.contextPolicy, at('contextPolicy')),
      sampling: checkSampling(readSampling(exported.sampling, at('sampling'))),
      head,
      createdAt: readWholeNumber(exported.createdAt, at('createdAt')),
      updatedAt: Math.min(readWholeNumber(exported.updatedAt, at('updatedAt')), Date.now()),
    },
    messages,
  };
}

/** Returns undefined, which selects the default model, for exports of older versions: they contain no model name. */
function readModelName(value: unknown, path: string): string | undefined {
  return value === undefined || value === null || value === ''
    ? undefined
    : readText(value, path, MAX_MODEL_NAME_LENGTH);
}

function readPolicy(value: unknown, path: string): ContextPolicy {
  const { kind, lowWater } = readFields(value, path, POLICY_FIELDS);
  if (readChoice(kind, `${path}.kind`, ['error', 'truncate']) === 'error') return { kind: 'error' };
  if (typeof lowWater !== 'number') throw badImport(`${path}.lowWater`, 'is not a number');
  return contextPolicy({ kind: 'truncate', lowWater });
}

function readSampling(value: unknown, path: string): Fields {
  const sampling = readObject(value, path);
  if (JSON.stringify(sampling).length > MAX_SAMPLING_CHARACTERS)
    throw badImport(path, `has more than ${MAX_SAMPLING_CHARACTERS} characters`);
  return sampling;
}
