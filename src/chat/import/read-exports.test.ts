// Tests readExports with valid and hostile imports. An error states the path and the fault, and nothing after the first fault is
// read.

import { expect, test } from 'vitest';
import { MessageTree } from '../message-tree.ts';
import { readExports } from './read-exports.ts';

const exportedMessage = (id: string, parent: string | null, changes: object = {}) => ({
  id,
  parent,
  role: id.startsWith('u') ? 'user' : 'assistant',
  content: id,
  state: 'complete',
  createdAt: 1,
  droppedMessages: 0,
  ...changes,
});
const exportedConversation = (changes: object = {}) => ({
  id: 'x',
  title: 'T',
  createdAt: 1,
  updatedAt: 2,
  system: null,
  contextPolicy: { kind: 'error' },
  sampling: {},
  head: 'a1',
  tokens: 3,
  contextLength: 4,
  messages: [exportedMessage('u1', null), exportedMessage('a1', 'u1')],
  ...changes,
});
const read = (value: unknown) => readExports(value, { owner: 'me', checkSampling: (sampling) => sampling });
const REPORT = {
  finishReason: 'stop',
  promptTokens: 1,
  cachedTokens: 0,
  computedTokens: 1,
  generatedTokens: 1,
  seed: 5,
};

test('readExports assigns new ids', async () => {
  const [conversation] = await read(
    exportedConversation({
      messages: [exportedMessage('u1', null), exportedMessage('a1', 'u1', { report: REPORT })],
    }),
  );
  expect(conversation!.record).toMatchObject({
    owner: 'me',
    title: 'T',
    createdAt: 1,
    updatedAt: 2,
    head: conversation!.messages[1]!.id,
  });
  expect(conversation!.record.id).not.toBe('x');
  expect(conversation!.messages[1]).toMatchObject({
    parent: conversation!.messages[0]!.id,
    report: REPORT,
    tokens: [],
    state: 'complete',
  });
});

const withMessages = (...messages: unknown[]) => exportedConversation({ head: null, messages });
const INVALID_EXPORTS: readonly [name: string, value: unknown, message: string][] = [
  ['undefined', undefined, 'the conversation is not an object'],
  ['a text', 'x', 'the conversation is not an object'],
  ['a list in a list', [[]], 'conversation 0 is not an object'],
  ['an unknown field', exportedConversation({ owner: 'you' }), 'has the unknown field "owner"'],
  ['no title', exportedConversation({ title: undefined }), 'title is not a string'],
  [
    'a long title',
    exportedConversation({ title: 'x'.repeat(201) }),
    'title has 201 characters; the limit is 200',
  ],
  [
    'an unknown policy',
    exportedConversation({ contextPolicy: { kind: 'drop' } }),
    'contextPolicy.kind is not one of error, truncate',
  ],
  ['sampling that is a list', exportedConversation({ sampling: [] }), 'sampling is not an object'],
  [
    'sampling options that are too large',
    exportedConversation({ sampling: { stop: 'x'.repeat(20_000) } }),
    'sampling has more than',
  ],
  [
    'a negative time',
    exportedConversation({ createdAt: -1 }),
    'createdAt is not a whole number of at least 0',
  ],
  [
    'an unknown head',
    exportedConversation({ head: 'a9' }),
    'head is not the id of an answer of this conversation',
  ],
  [
    'a head that is a user message',
    exportedConversation({ head: 'u1' }),
    'head is not the id of an answer of this conversation',
  ],
  ['messages in an object', exportedConversation({ messages: {} }), 'messages is not a list'],
  [
    'a repeated message id',
    withMessages(exportedMessage('u1', null), exportedMessage('u1', null)),
    'messages[1].id repeats the id of an earlier',
  ],
  [
    'an unknown parent',
    withMessages(exportedMessage('u1', 'a7')),
    'messages[0].parent is not the id of an earlier message',
  ],
  [
    'a cycle',
    withMessages(exportedMessage('u1', 'a1'), exportedMessage('a1', 'u1')),
    'messages[0].parent is not the id of an earlier message',
  ],
  [
    'a message that is its own parent',
    withMessages(exportedMessage('u1', 'u1')),
    'messages[0].parent is not the id of an earlier message',
  ],
  [
    'an answer without a question',
    withMessages(exportedMessage('a1', null)),
    'messages[0].role must be user',
  ],
  [
    'a question after a question',
    withMessages(exportedMessage('u1', null), exportedMessage('u2', 'u1')),
    'messages[1].role must differ from the role of the parent',
  ],
  [
    'a system message',
    withMessages(exportedMessage('u1', null, { role: 'system' })),
    'messages[0].role is not one of user, assistant',
  ],
  [
    'content that is a list',
    withMessages(exportedMessage('u1', null, { content: [] })),
    'messages[0].content is not a string',
  ],
  [
    'token ids',
    withMessages(exportedMessage('u1', null, { tokens: [1] })),
    'messages[0] has the unknown field "tokens"',
  ],
  [
    'an odd number of dropped messages',
    withMessages(exportedMessage('u1', null, { droppedMessages: 1 })),
    'messages[0].droppedMessages must be even',
  ],
  [
    'more dropped messages than there are',
    withMessages(exportedMessage('u1', null, { droppedMessages: 2 })),
    'messages[0].droppedMessages must be even and at most',
  ],
  [
    'an unknown state',
    withMessages(exportedMessage('u1', null, { state: 'x' })),
    'messages[0].state is not one of',
  ],
  [
    'an invalid report',
    withMessages(exportedMessage('u1', null, { report: { ...REPORT, seed: 0.5 } })),
    'messages[0].report.seed is not a whole number of at least 0',
  ],
  ['a field __proto__', JSON.parse('{"__proto__": {}}'), 'has the unknown field "__proto__"'],
  [
    'too many conversations',
    Array.from({ length: 1001 }, () => exportedConversation()),
    'the list has 1001 entries; the limit is 1000',
  ],
];
test.each(INVALID_EXPORTS)('readExports rejects %s', async (_name, value, message) => {
  await expect(read(value)).rejects.toMatchObject({
    code: 'bad_import',
    message: expect.stringContaining(message),
  });
});

test('readExports stops at the first fault, and reads no entry of a list that is too long', async () => {
  let reads = 0;
  const counting = new Proxy(exportedMessage('u1', null), {
    get: (target, name, receiver) => {
      reads++;
      return Reflect.get(target, name, receiver);
    },
  });
  await expect(read(withMessages(...Array.from({ length: 10_001 }, () => counting)))).rejects.toThrow(
    '10001 entries',
  );
  await expect(read(withMessages({}, ...Array.from({ length: 9_999 }, () => counting)))).rejects.toThrow(
    'messages[0].id',
  );
  expect(reads).toBe(0);
});

test('readExports reads a deep tree and a wide tree', async () => {
  const chain = Array.from({ length: 5_000 }, (_, i) =>
    exportedMessage(`${i % 2 === 0 ? 'u' : 'a'}${i}`, i === 0 ? null : `${i % 2 === 0 ? 'a' : 'u'}${i - 1}`),
  );
  const siblings = Array.from({ length: 5_000 }, (_, i) => exportedMessage(`u${i}`, null));
  const [deep, wide] = await read([
    exportedConversation({ head: 'a4999', messages: chain }),
    exportedConversation({ head: null, messages: siblings }),
  ]);
  expect(new MessageTree(deep!.messages).path(deep!.record.head)).toHaveLength(5_000);
  expect(new MessageTree(wide!.messages).children(undefined)).toHaveLength(5_000);
});

test('readExports marks a running answer as interrupted', async () => {
  const [conversation] = await read(
    exportedConversation({
      messages: [exportedMessage('u1', null), exportedMessage('a1', 'u1', { state: 'running' })],
    }),
  );
  expect(conversation!.messages[1]!.state).toBe('interrupted');
});
