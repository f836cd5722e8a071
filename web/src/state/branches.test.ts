import { expect, test } from 'vitest';
import type { StoredConversation, StoredMessage } from '../api/stored-conversation.ts';
import { branchOf, siblingsOf, turnsOf, withTurn } from './branches.ts';
import type { Turn } from './turn.ts';

const storedMessage = (
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

/** The example in branches.ts. */
const messages = [
  storedMessage('u1', undefined),
  storedMessage('a1', 'u1'),
  storedMessage('u2', 'a1'),
  storedMessage('a2', 'u2'),
  storedMessage('u3', 'a1'),
  storedMessage('a3', 'u3'),
  storedMessage('a4', 'u3'),
];
const conversationWith = (
  head: string | undefined,
  changes: Partial<StoredConversation> = {},
): StoredConversation => ({
  title: 'x',
  ...(head && { head }),
  messages,
  ...changes,
});
const messageIds = (turns: readonly Turn[]) => turns.map(({ userId, answerId }) => [userId, answerId]);

test('branchOf follows the parents of the head to the first message', () => {
  expect(branchOf(messages, 'a4').map(({ id }) => id)).toEqual(['u1', 'a1', 'u3', 'a4']);
  expect(branchOf(messages, undefined)).toEqual([]);
  expect(branchOf(messages, 'unknown')).toEqual([]);
});

test('siblingsOf returns the messages with the same parent, or without a parent', () => {
  expect(siblingsOf(messages, 'u3')).toEqual({ ids: ['u2', 'u3'], index: 1 });
  expect(siblingsOf(messages, 'a3')).toEqual({ ids: ['a3', 'a4'], index: 0 });
  expect(siblingsOf(messages, 'a1')).toBeUndefined();
  expect(siblingsOf(messages, undefined)).toBeUndefined();
  const withTwoFirstMessages = [...messages, storedMessage('u4', undefined, { parent: null })];
  expect(siblingsOf(withTwoFirstMessages, 'u1')).toEqual({ ids: ['u1', 'u4'], index: 0 });
});

test('turnsOf converts the current branch to turns; turns that are already shown keep their ids', () => {
  const first = turnsOf(conversationWith('a4'), [], 1);
  expect(messageIds(first.turns)).toEqual([
    ['u1', 'a1'],
    ['u3', 'a4'],
  ]);
  expect(first.turns.map(({ id, phase }) => [id, phase])).toEqual([
    [1, 'done'],
    [2, 'done'],
  ]);
  const other = turnsOf(conversationWith('a2'), first.turns, first.nextId);
  expect(other.turns.map(({ id }) => id)).toEqual([1, 3]);
  expect(other.turns[0]).toBe(first.turns[0]);
});

test('turnsOf converts the state of a stored answer to the phase and the finish reason of its turn', () => {
  const turnWith = (changes: Partial<StoredMessage>): Turn =>
    turnsOf(
      {
        title: '',
        head: 'a1',
        messages: [storedMessage('u1', undefined), storedMessage('a1', 'u1', changes)],
      },
      [],
      1,
    ).turns[0]!;
  expect(turnWith({ state: 'cancelled' }).finishReason).toBe('cancelled');
  expect(turnWith({ state: 'interrupted' }).interrupted).toBe(true);
  expect(turnWith({ state: 'running' }).phase).toBe('writing');
  expect(turnWith({ state: 'running', content: '' }).phase).toBe('reading');
  expect(turnWith({ droppedMessages: 4 }).context?.droppedMessages).toBe(4);
});

test('turnsOf includes a running answer that is not the head yet', () => {
  const running = [
    storedMessage('u1', undefined),
    storedMessage('a1', 'u1', { state: 'running', content: '' }),
  ];
  expect(messageIds(turnsOf({ title: '', messages: running }, [], 1).turns)).toEqual([['u1', 'a1']]);
});

test('turnsOf marks a message without an answer as interrupted', () => {
  const { turns } = turnsOf({ title: '', head: 'u1', messages: [storedMessage('u1', undefined)] }, [], 1);
  expect(turns[0]).toMatchObject({ question: 'text of u1', answer: '', interrupted: true });
});

test('turnsOf assigns the context usage that the server reports to the last turn', () => {
  const report = {
    finishReason: 'stop',
    promptTokens: 10,
    cachedTokens: 0,
    computedTokens: 14,
    generatedTokens: 5,
  } as const;
  const withReports = messages.map((message) =>
    message.role === 'assistant' ? { ...message, report } : message,
  );
  const { turns } = turnsOf(
    conversationWith('a4', { messages: withReports, tokens: 99, contextLength: 128 }),
    [],
    1,
  );
  expect(turns.map(({ usage }) => usage?.contextUsed)).toEqual([15, 99]);
  expect(turns[1]?.usage?.contextLength).toBe(128);
});

test('withTurn adds the answer, and adds the question if the question is new', () => {
  const { turns } = turnsOf(conversationWith('a3'), [], 1);
  const lastTurn: Turn = { ...turns[1]!, answerId: 'a5', answer: 'fifth' };
  const regenerated = withTurn(conversationWith('a3'), [turns[0]!, lastTurn]);
  expect(regenerated.messages).toHaveLength(8);
  expect(regenerated).toMatchObject({ head: 'a5' });
  expect(siblingsOf(regenerated.messages, 'a5')).toEqual({ ids: ['a3', 'a4', 'a5'], index: 2 });
  const edited = withTurn(conversationWith('a3'), [turns[0]!, { ...lastTurn, userId: 'u9', answerId: 'a9' }]);
  expect(siblingsOf(edited.messages, 'u9')?.ids).toEqual(['u2', 'u3', 'u9']);
});
