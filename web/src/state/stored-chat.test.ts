// Tests the chat reducer for conversations that the server stores. chat-state.test.ts tests conversations that the server does
// not store. They differ in the effect of a lost connection.

import { expect, test } from 'vitest';
import type { ServerEvent } from '../api/chat-protocol.ts';
import type { StoredConversation } from '../api/stored-conversation.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  initialChat,
  isDiscarded,
  runningTurn,
} from './chat-state.ts';

const persistent: ChatState = { ...initialChat, persistent: true, connection: 'open' };
const run = (state: ChatState, ...actions: readonly ChatAction[]): ChatState =>
  actions.reduce(chatReducer, state);
const eventAction = (n: number, fields: Partial<ServerEvent> & Pick<ServerEvent, 'type'>): ChatAction => ({
  type: 'received',
  event: { conversation: 'c', n, ...fields } as ServerEvent,
});
const startAction = (n: number) => eventAction(n, { type: 'start', content: '' });
const streamAction = (n: number, content: string) => eventAction(n, { type: 'stream', content });
const endAction = (n: number, user: string, assistant: string) =>
  eventAction(n, { type: 'end', messages: { user, assistant }, title: 'T' });
const sendAction = (text: string): ChatAction => ({ type: 'sent', text });
const closeAction: ChatAction = { type: 'closed' };

const oneTurn = run(
  persistent,
  sendAction('a'),
  startAction(1),
  streamAction(2, 'A'),
  endAction(3, 'u1', 'a1'),
);
const twoTurns = run(
  oneTurn,
  sendAction('b'),
  startAction(4),
  streamAction(5, 'B'),
  endAction(6, 'u2', 'a2'),
);

test('the end of a turn sets the ids of its messages, and the id and the title of the conversation', () => {
  expect(oneTurn).toMatchObject({ id: 'c', lastEvent: 3, stored: { title: 'T', head: 'a1' } });
  expect(oneTurn.turns[0]).toMatchObject({ userId: 'u1', answerId: 'a1', phase: 'done' });
  expect(twoTurns.stored.messages.map(({ id, parent }) => [id, parent])).toEqual([
    ['u1', undefined],
    ['a1', 'u1'],
    ['u2', 'a1'],
    ['a2', 'u2'],
  ]);
});

test('a lost connection leaves the answer running, and repeated events are ignored', () => {
  const stateWithoutConnection = run(
    oneTurn,
    sendAction('b'),
    startAction(4),
    streamAction(5, 'B'),
    closeAction,
  );
  expect(runningTurn(stateWithoutConnection)?.phase).toBe('writing');
  expect(stateWithoutConnection.lostTurns).toBe(0);
  const restored = run(
    stateWithoutConnection,
    { type: 'opened' },
    streamAction(5, 'B'),
    streamAction(6, 'C'),
    endAction(7, 'u2', 'a2'),
  );
  expect(restored.turns[1]?.answer).toBe('BC');
});

test('a second start event for an answer clears the text of the answer', () => {
  const resumed = run({ ...oneTurn, lastEvent: 0 }, sendAction('b'), startAction(4), streamAction(5, 'half'));
  expect(run({ ...resumed, lastEvent: 0 }, startAction(4), streamAction(5, 'whole')).turns[1]?.answer).toBe(
    'whole',
  );
});

test('a message of a conversation without an id is lost when the connection is lost', () => {
  expect(run(persistent, sendAction('a'), closeAction).turns[0]?.phase).toBe('lost');
});

test('a regenerated answer replaces the old answer and all later turns', () => {
  const regenerating = run(twoTurns, { type: 'regenerating', answer: 'a1' });
  expect(regenerating.turns).toMatchObject([{ question: 'a', userId: 'u1', answer: '', phase: 'sent' }]);
  const finishedState = run(regenerating, startAction(7), streamAction(8, 'AA'), endAction(9, 'u1', 'a3'));
  expect(finishedState.turns).toMatchObject([{ answer: 'AA', answerId: 'a3' }]);
  expect(finishedState.stored.messages).toHaveLength(5);
  expect(finishedState.replacedTurns).toBeUndefined();
});

test('if an edit or a regeneration is rejected or produces no text, the earlier turns are shown again', () => {
  const error = eventAction(8, { type: 'error', code: 'x', message: 'no', ended: true });
  const edited = run(twoTurns, { type: 'editing', message: 'u1', text: 'other' }, startAction(7));
  expect(edited.turns).toMatchObject([{ question: 'other' }]);
  const restored = run(edited, error);
  expect(restored.turns).toBe(twoTurns.turns);
  expect(restored.rejection).toMatchObject({ text: 'other', error: { code: 'x' } });
  const stoppedState = run(edited, eventAction(8, { type: 'end', finishReason: 'cancelled' }));
  expect(stoppedState.turns).toBe(twoTurns.turns);
  const regenerating = run(twoTurns, { type: 'regenerating', answer: 'a2' }, startAction(7), error);
  expect(regenerating.rejection?.text).toBe('');
  expect(run(restored, sendAction('c')).rejection).toBeUndefined();
});

const conversationWith = (...ids: readonly string[]): StoredConversation => ({
  title: 'T',
  head: ids.at(-1) ?? null,
  messages: ids.map((id, index) => ({
    id,
    ...(index > 0 && { parent: ids[index - 1]! }),
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: id,
    state: 'complete',
  })),
});
const loadAction = (loaded: StoredConversation, idle = false): ChatAction => ({
  type: 'loaded',
  stored: loaded,
  idle,
});

test('a loaded conversation is shown', () => {
  const state = run({ ...persistent, id: 'c', status: 'loading' }, loadAction(conversationWith('u1', 'a1')));
  expect(state).toMatchObject({ status: 'ready', turns: [{ question: 'u1', answer: 'a1' }] });
});

test('an answer that ended while the connection was lost is copied from the loaded conversation', () => {
  const writing = run(oneTurn, sendAction('b'), startAction(4), streamAction(5, 'B'), closeAction);
  const state = run(writing, loadAction(conversationWith('u1', 'a1', 'u2', 'a2'), true));
  expect(state.turns).toMatchObject([{ answerId: 'a1' }, { answer: 'a2', phase: 'done', live: true }]);
});

test('a sent message that the loaded conversation lacks is lost if the server is idle; otherwise the message is still sent', () => {
  const sentState = run(oneTurn, sendAction('b'));
  expect(run(sentState, loadAction(conversationWith('u1', 'a1'), true)).turns[1]).toMatchObject({
    phase: 'lost',
    question: 'b',
  });
  expect(run(sentState, loadAction(conversationWith('u1', 'a1'))).turns[1]).toMatchObject({
    phase: 'sent',
    question: 'b',
  });
});

test('loading a conversation during an answer does not truncate the text of the answer', () => {
  const writing = run(oneTurn, sendAction('b'), startAction(4), streamAction(5, 'Bee'));
  const conversation = conversationWith('u1', 'a1', 'u2', 'a2');
  const runningConversation = {
    ...conversation,
    messages: conversation.messages.map((message) =>
      message.id === 'a2' ? { ...message, state: 'running' as const, content: 'B' } : message,
    ),
  };
  expect(run(writing, loadAction(runningConversation)).turns[1]).toMatchObject({
    answer: 'Bee',
    phase: 'writing',
  });
});

test('an answer stopped after its first token is not discarded when the conversation is loaded again', () => {
  const conversation = conversationWith('u1', 'a1');
  const stoppedConversation = {
    ...conversation,
    messages: conversation.messages.map((message) =>
      message.id === 'a1' ? { ...message, state: 'cancelled' as const } : message,
    ),
  };
  expect(run({ ...persistent, id: 'c' }, loadAction(stoppedConversation)).turns.map(isDiscarded)).toEqual([
    false,
  ]);
});

const shutdownAction = (n: number) =>
  eventAction(n, {
    type: 'error',
    code: 'shutting_down',
    message: '',
    ended: true,
  } as Partial<ServerEvent> & Pick<ServerEvent, 'type'>);

test('a server shutdown during the text of an answer leaves the answer running', () => {
  const writing = run(
    oneTurn,
    sendAction('b'),
    startAction(4),
    streamAction(5, 'B'),
    shutdownAction(6),
    closeAction,
  );
  expect(runningTurn(writing)).toMatchObject({ phase: 'writing', answer: 'B' });
});

test('a server shutdown before the first text of an answer makes the turn fail', () => {
  const beforeFirstText = run(oneTurn, sendAction('b'), startAction(4), shutdownAction(5), closeAction);
  expect(beforeFirstText.turns[1]).toMatchObject({ phase: 'failed', error: { code: 'shutting_down' } });
});
