// Hostile imports: the error contains the path and the fault, and nothing after the first fault is read.

import { expect, test } from 'vitest';
import { MessageTree } from '../message-tree.ts';
import { readExports } from './read-exports.ts';

const message = (id: string, parent: string | null, more: object = {}) => ({
  id,
  parent,
  role: id.startsWith('u') ? 'user' : 'assistant',
  content: id,
  state: 'complete',
  createdAt: 1,
  droppedMessages: 0,
  ...more,
});
const exported = (more: object = {}) => ({
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
  messages: [message('u1', null), message('a1', 'u1')],
  ...more,
});
const read = (value: unknown) => readExports(value, { owner: 'me', checkSampling: (one) => one });
const REPORT = {
  finishReason: 'stop',
  promptTokens: 1,
  cachedTokens: 0,
  computedTokens: 1,
  generatedTokens: 1,
  seed: 5,
};

test('a valid export is read with new ids', async () => {
  const [one] = await read(
    exported({ messages: [message('u1', null), message('a1', 'u1', { report: REPORT })] }),
  );
  expect(one!.record).toMatchObject({
    owner: 'me',
    title: 'T',
    createdAt: 1,
    updatedAt: 2,
    head: one!.messages[1]!.id,
  });
  expect(one!.record.id).not.toBe('x');
  expect(one!.messages[1]).toMatchObject({
    parent: one!.messages[0]!.id,
    report: REPORT,
    tokens: [],
    state: 'complete',
  });
});

const messages = (...list: unknown[]) => exported({ head: null, messages: list });
const CASES: readonly [string, unknown, string][] = [
  ['nothing', undefined, 'the conversation is not an object'],
  ['a text', 'x', 'the conversation is not an object'],
  ['a list in a list', [[]], 'conversation 0 is not an object'],
  ['an unknown field', exported({ owner: 'you' }), 'has a field "owner", which exports do not have'],
  ['no title', exported({ title: undefined }), 'title is not a string'],
  ['a long title', exported({ title: 'x'.repeat(201) }), 'title has 201 characters; the limit is 200'],
  [
    'an unknown policy',
    exported({ contextPolicy: { kind: 'drop' } }),
    'contextPolicy.kind is none of error, truncate',
  ],
  ['sampling that is a list', exported({ sampling: [] }), 'sampling is not an object'],
  [
    'sampling options that are too large',
    exported({ sampling: { stop: 'x'.repeat(20_000) } }),
    'sampling has more than',
  ],
  ['a negative time', exported({ createdAt: -1 }), 'createdAt is not a whole number from 0'],
  ['an unknown head', exported({ head: 'a9' }), 'head is not the id of an answer in it'],
  ['a head that is a user message', exported({ head: 'u1' }), 'head is not the id of an answer in it'],
  ['messages in an object', exported({ messages: {} }), 'messages is not a list'],
  [
    'a message twice',
    messages(message('u1', null), message('u1', null)),
    'messages[1].id repeats the id of an earlier',
  ],
  [
    'an unknown parent',
    messages(message('u1', 'a7')),
    'messages[0].parent is not the id of an earlier message',
  ],
  [
    'a cycle',
    messages(message('u1', 'a1'), message('a1', 'u1')),
    'messages[0].parent is not the id of an earlier message',
  ],
  [
    'a message that is its own parent',
    messages(message('u1', 'u1')),
    'messages[0].parent is not the id of an earlier message',
  ],
  ['an answer first', messages(message('a1', null)), 'messages[0].role must be user'],
  [
    'two questions',
    messages(message('u1', null), message('u2', 'u1')),
    'messages[1].role must differ from the role of its parent',
  ],
  [
    'a system message',
    messages(message('u1', null, { role: 'system' })),
    'messages[0].role is none of user, assistant',
  ],
  ['content of parts', messages(message('u1', null, { content: [] })), 'messages[0].content is not a string'],
  [
    'token ids',
    messages(message('u1', null, { tokens: [1] })),
    'messages[0] has a field "tokens", which exports do not have',
  ],
  [
    'dropped half turns',
    messages(message('u1', null, { droppedMessages: 1 })),
    'messages[0].droppedMessages must be even',
  ],
  [
    'dropped more than there is',
    messages(message('u1', null, { droppedMessages: 2 })),
    'messages[0].droppedMessages must be even and at most',
  ],
  ['an unknown state', messages(message('u1', null, { state: 'x' })), 'messages[0].state is none of'],
  [
    'an invalid report',
    messages(message('u1', null, { report: { ...REPORT, seed: 0.5 } })),
    'messages[0].report.seed is not a whole number from 0',
  ],
  ['__proto__', JSON.parse('{"__proto__": {}}'), 'has a field "__proto__", which exports do not have'],
  [
    'too many conversations',
    Array.from({ length: 1001 }, () => exported()),
    'the list has 1001 entries; the limit is 1000',
  ],
];
test.each(CASES)('%s', async (_name, value, what) => {
  await expect(read(value)).rejects.toMatchObject({
    code: 'bad_import',
    message: expect.stringContaining(what),
  });
});

test('reading stops at the first fault, and a list that is too long is not read at all', async () => {
  let looked = 0;
  const counting = new Proxy(message('u1', null), {
    get: (target, name, receiver) => {
      looked++;
      return Reflect.get(target, name, receiver);
    },
  });
  await expect(read(messages(...Array.from({ length: 10_001 }, () => counting)))).rejects.toThrow(
    '10001 entries',
  );
  await expect(read(messages({}, ...Array.from({ length: 9_999 }, () => counting)))).rejects.toThrow(
    'messages[0].id',
  );
  expect(looked).toBe(0);
});

test('a deep and a wide tree are read', async () => {
  const deep = Array.from({ length: 5_000 }, (_, i) =>
    message(`${i % 2 === 0 ? 'u' : 'a'}${i}`, i === 0 ? null : `${i % 2 === 0 ? 'a' : 'u'}${i - 1}`),
  );
  const wide = Array.from({ length: 5_000 }, (_, i) => message(`u${i}`, null));
  const [one, other] = await read([
    exported({ head: 'a4999', messages: deep }),
    exported({ head: null, messages: wide }),
  ]);
  expect(new MessageTree(one!.messages).path(one!.record.head)).toHaveLength(5_000);
  expect(new MessageTree(other!.messages).children(undefined)).toHaveLength(5_000);
});

test('a running answer is imported as interrupted', async () => {
  const [one] = await read(
    exported({ messages: [message('u1', null), message('a1', 'u1', { state: 'running' })] }),
  );
  expect(one!.messages[1]!.state).toBe('interrupted');
});
