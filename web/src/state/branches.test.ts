import { expect, test } from 'vitest';
import type { StoredConversation, StoredMessage } from '../api/stored-conversation.ts';
import { branchOf, siblingsOf, turnsOf, withTurn } from './branches.ts';
import type { Turn } from './turn.ts';

const message = (
  id: string,
  parent: string | undefined,
  changes: Partial<StoredMessage> = {},
): StoredMessage => ({
  id,
  ...(parent && { parent }),
  role: id.startsWith('u') ? 'user' : 'assistant',
  content: `text of ${id}`,
  state: 'complete',
  ...changes,
});

/** The example of the file. */
const messages = [
  message('u1', undefined),
  message('a1', 'u1'),
  message('u2', 'a1'),
  message('a2', 'u2'),
  message('u3', 'a1'),
  message('a3', 'u3'),
  message('a4', 'u3'),
];
const stored = (head: string | undefined, changes: Partial<StoredConversation> = {}): StoredConversation => ({
  title: 'x',
  ...(head && { head }),
  messages,
  ...changes,
});
const ids = (turns: readonly Turn[]) => turns.map(({ userId, answerId }) => [userId, answerId]);

test('branchOf follows the parents of the head to the first message', () => {
  expect(branchOf(messages, 'a4').map(({ id }) => id)).toEqual(['u1', 'a1', 'u3', 'a4']);
  expect(branchOf(messages, undefined)).toEqual([]);
  expect(branchOf(messages, 'gone')).toEqual([]);
});

test('siblings have the same parent; first messages have none', () => {
  expect(siblingsOf(messages, 'u3')).toEqual({ ids: ['u2', 'u3'], index: 1 });
  expect(siblingsOf(messages, 'a3')).toEqual({ ids: ['a3', 'a4'], index: 0 });
  expect(siblingsOf(messages, 'a1')).toBeUndefined();
  expect(siblingsOf(messages, undefined)).toBeUndefined();
  const twoFirst = [...messages, message('u4', undefined, { parent: null })];
  expect(siblingsOf(twoFirst, 'u1')).toEqual({ ids: ['u1', 'u4'], index: 0 });
});

test('the current branch becomes turns, and a turn already shown keeps its id', () => {
  const first = turnsOf(stored('a4'), [], 1);
  expect(ids(first.turns)).toEqual([
    ['u1', 'a1'],
    ['u3', 'a4'],
  ]);
  expect(first.turns.map(({ id, phase }) => [id, phase])).toEqual([
    [1, 'done'],
    [2, 'done'],
  ]);
  const other = turnsOf(stored('a2'), first.turns, first.nextId);
  expect(other.turns.map(({ id }) => id)).toEqual([1, 3]);
  expect(other.turns[0]).toBe(first.turns[0]);
});

test('the state of a stored answer sets the finish reason of its turn', () => {
  const one = (changes: Partial<StoredMessage>): Turn =>
    turnsOf(
      { title: '', head: 'a1', messages: [message('u1', undefined), message('a1', 'u1', changes)] },
      [],
      1,
    ).turns[0]!;
  expect(one({ state: 'cancelled' }).finishReason).toBe('cancelled');
  expect(one({ state: 'interrupted' }).interrupted).toBe(true);
  expect(one({ state: 'running' }).phase).toBe('writing');
  expect(one({ state: 'running', content: '' }).phase).toBe('reading');
  expect(one({ droppedMessages: 4 }).context?.droppedMessages).toBe(4);
});

test('a running answer is shown although it is not the head yet', () => {
  const running = [message('u1', undefined), message('a1', 'u1', { state: 'running', content: '' })];
  expect(ids(turnsOf({ title: '', messages: running }, [], 1).turns)).toEqual([['u1', 'a1']]);
});

test('a message without an answer is shown as interrupted', () => {
  const { turns } = turnsOf({ title: '', head: 'u1', messages: [message('u1', undefined)] }, [], 1);
  expect(turns[0]).toMatchObject({ question: 'text of u1', answer: '', interrupted: true });
});

test('the last turn has the context usage that the server reports', () => {
  const report = {
    finishReason: 'stop',
    promptTokens: 10,
    cachedTokens: 0,
    computedTokens: 14,
    generatedTokens: 5,
  } as const;
  const told = messages.map((one) => (one.role === 'assistant' ? { ...one, report } : one));
  const { turns } = turnsOf(stored('a4', { messages: told, tokens: 99, contextLength: 128 }), [], 1);
  expect(turns.map(({ usage }) => usage?.contextUsed)).toEqual([15, 99]);
  expect(turns[1]?.usage?.contextLength).toBe(128);
});

test('withTurn adds the answer, and the question only if it is new', () => {
  const { turns } = turnsOf(stored('a3'), [], 1);
  const last: Turn = { ...turns[1]!, answerId: 'a5', answer: 'fifth' };
  const again = withTurn(stored('a3'), [turns[0]!, last]);
  expect(again.messages).toHaveLength(8);
  expect(again).toMatchObject({ head: 'a5' });
  expect(siblingsOf(again.messages, 'a5')).toEqual({ ids: ['a3', 'a4', 'a5'], index: 2 });
  const edited = withTurn(stored('a3'), [turns[0]!, { ...last, userId: 'u9', answerId: 'a9' }]);
  expect(siblingsOf(edited.messages, 'u9')?.ids).toEqual(['u2', 'u3', 'u9']);
});
