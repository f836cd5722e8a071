// Reads the messages of an import. They form a tree in which user and assistant messages alternate. Each parent must precede
// its children in the list, which excludes cycles. All ids are replaced, because an imported id may belong to another conversation.

import { nextSlice } from '../../base/steps.ts';
import { type AnswerReport, IMPORTED_MODEL, type MessageNode } from '../message-node.ts';
import { replaceUnstorable } from '../replace-unstorable.ts';
import { badImport } from './bad-import.ts';
import { readChoice, readFields, readList, readText, readWholeNumber } from './fields.ts';

export interface ImportedMessages {
  readonly messages: readonly MessageNode[];
  /** new ids by imported id */
  readonly ids: ReadonlyMap<string, string>;
}

const MAX_MESSAGES = 10_000;
const MAX_ID_LENGTH = 64;
const SLICE_MESSAGES = 256; // messages that are read before yielding to the event loop

const MESSAGE_FIELDS = new Set([
  'id',
  'parent',
  'role',
  'content',
  'state',
  'createdAt',
  'droppedMessages',
  'report',
]);
const REPORT_COUNTS = ['promptTokens', 'cachedTokens', 'computedTokens', 'generatedTokens', 'seed'] as const;
const REPORT_FIELDS = new Set<string>(['finishReason', ...REPORT_COUNTS]);

interface TreeEntry {
  readonly node: MessageNode;
  /** number of messages on the path before this one */
  readonly depth: number;
}

export async function readMessages(value: unknown, path: string): Promise<ImportedMessages> {
  const ids = new Map<string, string>();
  const entries = new Map<string, TreeEntry>();
  for (const [index, entry] of readList(value, path, MAX_MESSAGES).entries()) {
    if (index % SLICE_MESSAGES === SLICE_MESSAGES - 1) await nextSlice();
    readMessage(entry, `${path}[${index}]`, { ids, entries });
  }
  return { messages: [...entries.values()].map(({ node }) => node), ids };
}

function readMessage(
  value: unknown,
  path: string,
  { ids, entries }: { ids: Map<string, string>; entries: Map<string, TreeEntry> },
): void {
  const message = readFields(value, path, MESSAGE_FIELDS);
  const id = readText(message.id, `${path}.id`, MAX_ID_LENGTH);
  if (id === '') throw badImport(`${path}.id`, 'is empty');
  if (ids.has(id)) throw badImport(`${path}.id`, 'repeats the id of an earlier message');
  const parent =
    message.parent === null ? undefined : readText(message.parent, `${path}.parent`, MAX_ID_LENGTH);
  const parentEntry = parent === undefined ? undefined : entries.get(ids.get(parent) ?? '');
  if (parent !== undefined && parentEntry === undefined)
    throw badImport(`${path}.parent`, 'is not the id of an earlier message');
  const role = readChoice(message.role, `${path}.role`, ['user', 'assistant']);
  if (role === (parentEntry?.node.role ?? 'assistant'))
    throw badImport(
      `${path}.role`,
      parentEntry === undefined
        ? 'must be user, because the message has no parent'
        : 'must differ from the role of the parent',
    );
  const depth = parentEntry === undefined ? 0 : parentEntry.depth + 1;
  const droppedMessages = readWholeNumber(message.droppedMessages, `${path}.droppedMessages`);
  if (droppedMessages > depth || droppedMessages % 2 !== 0)
    throw badImport(
      `${path}.droppedMessages`,
      'must be even and at most the number of messages before this one',
    );
  const state = readChoice(message.state, `${path}.state`, [
    'complete',
    'running',
    'cancelled',
    'interrupted',
  ]);
  const node: MessageNode = {
    id: crypto.randomUUID(),
    parent: parentEntry?.node.id,
    role,
    content: replaceUnstorable(readText(message.content, `${path}.content`)),
    state: role === 'user' ? 'complete' : state === 'running' ? 'interrupted' : state,
    model: IMPORTED_MODEL,
    keptTokens: 0,
    keptText: 0,
    tokens: [],
    rendered: '',
    droppedMessages,
    createdAt: readWholeNumber(message.createdAt, `${path}.createdAt`),
    ...(message.report === undefined ? {} : { report: readReport(message.report, `${path}.report`) }),
  };
  ids.set(id, node.id);
  entries.set(node.id, { node, depth });
}

function readReport(value: unknown, path: string): AnswerReport {
  const report = readFields(value, path, REPORT_FIELDS);
  const [promptTokens, cachedTokens, computedTokens, generatedTokens, seed] = REPORT_COUNTS.map((name) =>
    readWholeNumber(report[name], `${path}.${name}`),
  ) as [number, number, number, number, number];
  const finishReason = readChoice(report.finishReason, `${path}.finishReason`, [
    'stop',
    'length',
    'cancelled',
  ]);
  return { finishReason, promptTokens, cachedTokens, computedTokens, generatedTokens, seed };
}
