import { expect, test } from 'vitest';
import type { ServerEvent } from '../api/chat-protocol.ts';
import {
  currentChat,
  initialPage,
  type PageAction,
  type PageState,
  pageReducer,
  runningChatKeys,
} from './page-state.ts';

const run = (state: PageState, ...actions: readonly PageAction[]): PageState =>
  actions.reduce(pageReducer, state);
const receiveAction = (event: Partial<ServerEvent> & Pick<ServerEvent, 'type'>): PageAction => ({
  type: 'received',
  event: event as ServerEvent,
});
const sendAction = (key: string, text: string): PageAction => ({
  type: 'chat',
  key,
  action: { type: 'sent', text },
});
const storedMode: PageAction = { type: 'mode', mode: 'stored' };
const started = run(
  initialPage('new-1'),
  { type: 'opened' },
  storedMode,
  sendAction('new-1', 'a'),
  receiveAction({ type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 }),
);

test('the key of a new conversation becomes its id when the first turn has started', () => {
  expect(Object.keys(started.chats)).toEqual(['c']);
  expect(started.current).toBe('c');
  expect(currentChat(started)).toMatchObject({ id: 'c', initialKey: 'new-1', turns: [{ phase: 'reading' }] });
});

test('an event is applied to its conversation, even if another conversation is shown', () => {
  const other = run(
    started,
    { type: 'shown', key: 'new-2' },
    sendAction('new-2', 'b'),
    receiveAction({ type: 'stream', content: 'x', conversation: 'c', n: 2 }),
  );
  expect(other.chats.c?.turns[0]?.answer).toBe('x');
  expect(currentChat(other).turns[0]).toMatchObject({ question: 'b', answer: '' });
  expect(runningChatKeys(other)).toEqual(new Set(['c', 'new-2']));
});

test('an event of a conversation that is not open is ignored', () => {
  expect(run(started, receiveAction({ type: 'stream', content: 'x', conversation: 'z', n: 9 }))).toBe(
    started,
  );
});

test('an event with the id of an open conversation is applied to it, even if the tag matches another conversation', () => {
  const openedPage = run(initialPage('c', 'c'), { type: 'shown', key: 'new-1' });
  const next = run(
    openedPage,
    receiveAction({ type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 }),
  );
  expect(Object.keys(next.chats)).toEqual(['c', 'new-1']);
});

test('an event without a conversation id belongs to the last message sent', () => {
  const unstored = run(
    initialPage('new-1'),
    { type: 'opened' },
    { type: 'mode', mode: 'unstored' },
    sendAction('new-1', 'a'),
    receiveAction({ type: 'start', content: '' }),
    receiveAction({ type: 'stream', content: 'x' }),
  );
  expect(currentChat(unstored)).toMatchObject({ persistent: false, turns: [{ answer: 'x' }] });
});

test('deleting the current conversation shows an empty conversation; deleting another conversation does not', () => {
  expect(run(started, { type: 'deleted', key: 'c', next: 'new-2' })).toMatchObject({ current: 'new-2' });
  const afterDeletion = run(
    started,
    { type: 'shown', key: 'd' },
    { type: 'deleted', key: 'c', next: 'new-2' },
  );
  expect(afterDeletion.current).toBe('d');
  expect(Object.keys(afterDeletion.chats)).toEqual(['d']);
});

test('a conversation that was not stored loses its id and keeps its text', () => {
  const startedPage = run(
    initialPage('new-1'),
    { type: 'opened' },
    { type: 'chat', key: 'new-1', action: { type: 'sent', text: 'too long' } },
    { type: 'received', event: { type: 'start', content: '', conversation: 'c', tag: 'new-1', n: 1 } },
  );
  expect(startedPage.current).toBe('c');
  const rejectedPage = run(startedPage, {
    type: 'received',
    event: {
      type: 'error',
      code: 'context_length_exceeded',
      message: '',
      ended: true,
      conversation: 'c',
      n: 2,
    },
  });
  expect(rejectedPage.current).toBe('new-1');
  expect(currentChat(rejectedPage)).not.toHaveProperty('id');
  expect(currentChat(rejectedPage).turns).toMatchObject([{ question: 'too long', phase: 'failed' }]);
  // The next message creates another conversation, whose events are numbered from 1.
  expect(currentChat(rejectedPage).lastEvent).toBe(0);
});

test('the turns of a conversation that was deleted stay on the page', () => {
  const shownPage = run(initialPage('c', 'c'), {
    type: 'chat',
    key: 'c',
    action: { type: 'sent', text: 'there?' },
  });
  const afterError = run(shownPage, {
    type: 'received',
    event: { type: 'error', code: 'not_found', message: '', conversation: 'c' },
  });
  expect(currentChat(afterError)).toMatchObject({ id: 'c', status: 'missing', turns: [{ phase: 'failed' }] });
});
