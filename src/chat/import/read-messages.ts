// Reads the messages of an import: a tree in which parents precede their children, so that there are no cycles, and user and
// assistant messages alternate. Ids are replaced, because those of the import may belong to another conversation.

import { nextSlice } from '../../base/steps.ts';
import { type AnswerReport, IMPORTED, type MessageNode } from '../message-node.ts';
import { storable } from '../storable.ts';
import { badImport } from './bad-import.ts';
import { fields, list, oneOf, text, whole } from './fields.ts';

export interface ImportedMessages {
  readonly messages: readonly MessageNode[];
  /** new ids by imported id */
  readonly ids: ReadonlyMap<string, string>;
}

const MAX_MESSAGES = 10_000;
const MAX_ID_LENGTH = 64;
const SLICE_MESSAGES = 256; // messages between two pauses for the event loop

const MESSAGE = new Set([
  'id',
  'parent',
  'role',
  'content',
  'state',
  'createdAt',
  'droppedMessages',
  'report',
]);
const COUNTS = ['promptTokens', 'cachedTokens', 'computedTokens', 'generatedTokens', 'seed'] as const;
const REPORT = new Set<string>(['finishReason', ...COUNTS]);

interface TreeEntry {
  readonly node: MessageNode;
  /** messages before it on its path */
  readonly depth: number;
}

export async function readMessages(value: unknown, at: string): Promise<ImportedMessages> {
  const ids = new Map<string, string>();
  const entries = new Map<string, TreeEntry>();
  for (const [index, entry] of list(value, at, MAX_MESSAGES).entries()) {
    if (index % SLICE_MESSAGES === SLICE_MESSAGES - 1) await nextSlice();
    readMessage(entry, `${at}[${index}]`, { ids, entries });
  }
  return { messages: [...entries.values()].map(({ node }) => node), ids };
}

function readMessage(
  value: unknown,
  at: string,
  { ids, entries }: { ids: Map<string, string>; entries: Map<string, TreeEntry> },
): void {
  const message = fields(value, at, MESSAGE);
  const id = text(message.id, `${at}.id`, MAX_ID_LENGTH);
  if (id === '') throw badImport(`${at}.id`, 'is empty');
  if (ids.has(id)) throw badImport(`${at}.id`, 'repeats the id of an earlier message');
  const parent = message.parent === null ? undefined : text(message.parent, `${at}.parent`, MAX_ID_LENGTH);
  const parentEntry = parent === undefined ? undefined : entries.get(ids.get(parent) ?? '');
  if (parent !== undefined && parentEntry === undefined)
    throw badImport(`${at}.parent`, 'is not the id of an earlier message');
  const role = oneOf(message.role, `${at}.role`, ['user', 'assistant']);
  if (role === (parentEntry?.node.role ?? 'assistant'))
    throw badImport(
      `${at}.role`,
      parentEntry === undefined
        ? 'must be user, because it has no parent'
        : 'must differ from the role of its parent',
    );
  const depth = parentEntry === undefined ? 0 : parentEntry.depth + 1;
  const droppedMessages = whole(message.droppedMessages, `${at}.droppedMessages`);
  if (droppedMessages > depth || droppedMessages % 2 !== 0)
    throw badImport(`${at}.droppedMessages`, 'must be even and at most the number of messages before it');
  const state = oneOf(message.state, `${at}.state`, ['complete', 'running', 'cancelled', 'interrupted']);
  const node: MessageNode = {
    id: crypto.randomUUID(),
    parent: parentEntry?.node.id,
    role,
    content: storable(text(message.content, `${at}.content`)),
    state: role === 'user' ? 'complete' : state === 'running' ? 'interrupted' : state,
    model: IMPORTED,
    keptTokens: 0,
    keptText: 0,
    tokens: [],
    rendered: '',
    droppedMessages,
    createdAt: whole(message.createdAt, `${at}.createdAt`),
    ...(message.report === undefined ? {} : { report: readReport(message.report, `${at}.report`) }),
  };
  ids.set(id, node.id);
  entries.set(node.id, { node, depth });
}

function readReport(value: unknown, at: string): AnswerReport {
  const report = fields(value, at, REPORT);
  const [promptTokens, cachedTokens, computedTokens, generatedTokens, seed] = COUNTS.map((name) =>
    whole(report[name], `${at}.${name}`),
  ) as [number, number, number, number, number];
  const finishReason = oneOf(report.finishReason, `${at}.finishReason`, ['stop', 'length', 'cancelled']);
  return { finishReason, promptTokens, cachedTokens, computedTokens, generatedTokens, seed };
}
