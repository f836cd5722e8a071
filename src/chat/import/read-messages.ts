// Reads the messages of an import: a tree in which parents precede their children, so that there are no cycles, and user and
// assistant messages alternate. Ids are replaced, because those of the import may belong to another conversation.

import { nextSlice } from '../../base/steps.ts';
import { type AnswerReport, IMPORTED, type MessageNode } from '../message-node.ts';
import { storable } from '../storable.ts';
import { badImport } from './bad-import.ts';
import { fields, list, oneOf, text, whole } from './fields.ts';

export interface ImportedMessages {
  readonly messages: readonly MessageNode[];
  /** new ids by those of the import */
  readonly ids: ReadonlyMap<string, string>;
}

const MOST_MESSAGES = 10_000;
const LONGEST_ID = 64;
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
  const placed = new Map<string, TreeEntry>();
  for (const [index, entry] of list(value, at, MOST_MESSAGES).entries()) {
    if (index % SLICE_MESSAGES === SLICE_MESSAGES - 1) await nextSlice();
    readMessage(entry, `${at}[${index}]`, { ids, placed });
  }
  return { messages: [...placed.values()].map(({ node }) => node), ids };
}

function readMessage(
  value: unknown,
  at: string,
  { ids, placed }: { ids: Map<string, string>; placed: Map<string, TreeEntry> },
): void {
  const message = fields(value, at, MESSAGE);
  const id = text(message.id, `${at}.id`, LONGEST_ID);
  if (id === '') throw badImport(`${at}.id`, 'is empty');
  if (ids.has(id)) throw badImport(`${at}.id`, 'is that of an earlier message');
  const parent = message.parent === null ? undefined : text(message.parent, `${at}.parent`, LONGEST_ID);
  const before = parent === undefined ? undefined : placed.get(ids.get(parent) ?? '');
  if (parent !== undefined && before === undefined)
    throw badImport(`${at}.parent`, 'is none of the messages before it');
  const role = oneOf(message.role, `${at}.role`, ['user', 'assistant']);
  if (role === (before?.node.role ?? 'assistant'))
    throw badImport(
      `${at}.role`,
      before === undefined ? 'is not user, and it is a first message' : 'is that of its parent',
    );
  const depth = before === undefined ? 0 : before.depth + 1;
  const droppedMessages = whole(message.droppedMessages, `${at}.droppedMessages`);
  if (droppedMessages > depth || droppedMessages % 2 !== 0)
    throw badImport(`${at}.droppedMessages`, 'is not a number of whole turns before it');
  const state = oneOf(message.state, `${at}.state`, ['complete', 'running', 'cancelled', 'interrupted']);
  const node: MessageNode = {
    id: crypto.randomUUID(),
    parent: before?.node.id,
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
  placed.set(node.id, { node, depth });
}

function readReport(value: unknown, at: string): AnswerReport {
  const report = fields(value, at, REPORT);
  const [promptTokens, cachedTokens, computedTokens, generatedTokens, seed] = COUNTS.map((name) =>
    whole(report[name], `${at}.${name}`),
  ) as [number, number, number, number, number];
  const finishReason = oneOf(report.finishReason, `${at}.finishReason`, ['stop', 'length', 'cancelled']);
  return { finishReason, promptTokens, cachedTokens, computedTokens, generatedTokens, seed };
}
