// The chat reducer for a conversation that the server stores. chat-state.test.ts tests one that it does not store; they differ
// in what a lost connection means.

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
const event = (n: number, fields: Partial<ServerEvent> & Pick<ServerEvent, 'type'>): ChatAction => ({
  type: 'received',
  event: { conversation: 'c', n, ...fields } as ServerEvent,
});
const start = (n: number) => event(n, { type: 'start', content: '' });
const piece = (n: number, content: string) => event(n, { type: 'stream', content });
const end = (n: number, user: string, assistant: string) =>
  event(n, { type: 'end', messages: { user, assistant }, title: 'T' });
const sent = (text: string): ChatAction => ({ type: 'sent', text });
const closed: ChatAction = { type: 'closed' };

const oneTurn = run(persistent, sent('a'), start(1), piece(2, 'A'), end(3, 'u1', 'a1'));
const twoTurns = run(oneTurn, sent('b'), start(4), piece(5, 'B'), end(6, 'u2', 'a2'));

test('a turn gets its message ids, the conversation its id and title', () => {
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
  const lost = run(oneTurn, sent('b'), start(4), piece(5, 'B'), closed);
  expect(runningTurn(lost)?.phase).toBe('writing');
  expect(lost.lostTurns).toBe(0);
  const back = run(lost, { type: 'opened' }, piece(5, 'B'), piece(6, 'C'), end(7, 'u2', 'a2'));
  expect(back.turns[1]?.answer).toBe('BC');
});

test('a repeated start restarts the text of the answer', () => {
  const joined = run({ ...oneTurn, lastEvent: 0 }, sent('b'), start(4), piece(5, 'half'));
  expect(run({ ...joined, lastEvent: 0 }, start(4), piece(5, 'whole')).turns[1]?.answer).toBe('whole');
});

test('a message of a conversation without an id is lost when the connection is lost', () => {
  expect(run(persistent, sent('a'), closed).turns[0]?.phase).toBe('lost');
});

test('a regenerated answer replaces the old one and all later turns', () => {
  const again = run(twoTurns, { type: 'regenerating', answer: 'a1' });
  expect(again.turns).toMatchObject([{ question: 'a', userId: 'u1', answer: '', phase: 'sent' }]);
  const done = run(again, start(7), piece(8, 'AA'), end(9, 'u1', 'a3'));
  expect(done.turns).toMatchObject([{ answer: 'AA', answerId: 'a3' }]);
  expect(done.stored.messages).toHaveLength(5);
  expect(done.replacedTurns).toBeUndefined();
});

test('a rejected or empty replacement restores the replaced turns', () => {
  const error = event(8, { type: 'error', code: 'x', message: 'no', ended: true });
  const edited = run(twoTurns, { type: 'editing', message: 'u1', text: 'other' }, start(7));
  expect(edited.turns).toMatchObject([{ question: 'other' }]);
  const back = run(edited, error);
  expect(back.turns).toBe(twoTurns.turns);
  expect(back.rejection).toMatchObject({ text: 'other', error: { code: 'x' } });
  const stopped = run(edited, event(8, { type: 'end', finishReason: 'cancelled' }));
  expect(stopped.turns).toBe(twoTurns.turns);
  const again = run(twoTurns, { type: 'regenerating', answer: 'a2' }, start(7), error);
  expect(again.rejection?.text).toBe('');
  expect(run(back, sent('c')).rejection).toBeUndefined();
});

const stored = (...ids: readonly string[]): StoredConversation => ({
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
const loaded = (read: StoredConversation, idle = false): ChatAction => ({
  type: 'loaded',
  stored: read,
  idle,
});

test('a loaded conversation is shown', () => {
  const read = run({ ...persistent, id: 'c', status: 'loading' }, loaded(stored('u1', 'a1')));
  expect(read).toMatchObject({ status: 'ready', turns: [{ question: 'u1', answer: 'a1' }] });
});

test('an answer that ended during a lost connection is taken from the loaded conversation', () => {
  const writing = run(oneTurn, sent('b'), start(4), piece(5, 'B'), closed);
  const read = run(writing, loaded(stored('u1', 'a1', 'u2', 'a2'), true));
  expect(read.turns).toMatchObject([{ answerId: 'a1' }, { answer: 'a2', phase: 'done', live: true }]);
});

test('a message that the server never received is lost; one just sent is not', () => {
  const waiting = run(oneTurn, sent('b'));
  expect(run(waiting, loaded(stored('u1', 'a1'), true)).turns[1]).toMatchObject({
    phase: 'lost',
    question: 'b',
  });
  expect(run(waiting, loaded(stored('u1', 'a1'))).turns[1]).toMatchObject({ phase: 'sent', question: 'b' });
});

test('loading during a running answer does not shorten its text', () => {
  const writing = run(oneTurn, sent('b'), start(4), piece(5, 'Bee'));
  const read = stored('u1', 'a1', 'u2', 'a2');
  const running = {
    ...read,
    messages: read.messages.map((m) =>
      m.id === 'a2' ? { ...m, state: 'running' as const, content: 'B' } : m,
    ),
  };
  expect(run(writing, loaded(running)).turns[1]).toMatchObject({ answer: 'Bee', phase: 'writing' });
});

test('an answer stopped after its first token is not discarded, also after a reload', () => {
  const read = stored('u1', 'a1');
  const stopped = {
    ...read,
    messages: read.messages.map((m) => (m.id === 'a1' ? { ...m, state: 'cancelled' as const } : m)),
  };
  expect(run({ ...persistent, id: 'c' }, loaded(stopped)).turns.map(isDiscarded)).toEqual([false]);
});

test('a server shutdown during an answer is treated like a lost connection', () => {
  const stopping = (n: number) =>
    event(n, { type: 'error', code: 'shutting_down', message: '', ended: true } as Partial<ServerEvent> &
      Pick<ServerEvent, 'type'>);
  const writing = run(oneTurn, sent('b'), start(4), piece(5, 'B'), stopping(6), closed);
  expect(runningTurn(writing)).toMatchObject({ phase: 'writing', answer: 'B' });
  const reading = run(oneTurn, sent('b'), start(4), stopping(5), closed);
  expect(reading.turns[1]).toMatchObject({ phase: 'failed', error: { code: 'shutting_down' } });
});
