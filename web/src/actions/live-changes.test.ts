// What is read again, and when, as changes are told or found.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  initialTopics,
  type TopicsAction,
  type TopicsState,
  topicsReducer,
} from '../state/conversation-list-state.ts';
import { initialPage, type PageAction, type PageState, pageReducer } from '../state/page-state.ts';
import { Store } from '../state/store.ts';
import { LiveChanges } from './live-changes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A page that shows `c`, read when it had changed at 5; `d` is open too. */
function world() {
  const stored = { title: 'T', messages: [] };
  const state = (
    [
      { type: 'opened' },
      { type: 'mode', mode: 'topics' },
      { type: 'shown', key: 'd' },
      { type: 'shown', key: 'c' },
      { type: 'chat', key: 'c', action: { type: 'loaded', stored, idle: true } },
    ] satisfies PageAction[]
  ).reduce<PageState>(pageReducer, initialPage('c', 'c'));
  const session = {
    store: new Store<PageState, PageAction>(state, pageReducer),
    read: vi.fn(async () => {}),
    lost: vi.fn(),
    updatedAt: () => 5,
  };
  const items = [{ id: 'c', title: 'T', createdAt: 1, updatedAt: 5 }];
  const topics = {
    store: new Store<TopicsState, TopicsAction>({ ...initialTopics, items }, topicsReducer),
    update: vi.fn(async () => {}),
    refresh: vi.fn(async () => true),
  };
  return { session, topics, live: new LiveChanges(session, topics) };
}

test('what is shown is read again at once, what is not when it is shown, and a burst is one change', async () => {
  const { session, topics, live } = world();
  for (let time = 0; time < 9; time++) live.heard({ type: 'changed', conversation: 'c', updatedAt: time });
  live.heard({ type: 'changed', conversation: 'd', updatedAt: 9 });
  live.heard({ type: 'changed', conversation: 'never opened', updatedAt: 9 });
  await vi.runAllTimersAsync();
  expect(session.read.mock.calls).toEqual([['c']]);
  expect(topics.update).toHaveBeenCalledTimes(1);
  live.shown('d');
  live.shown('d');
  expect(session.read.mock.calls).toEqual([['c'], ['d']]);
});

test('where more has changed than was told, all that is open is out of date, and so is the whole list', async () => {
  const { session, topics, live } = world();
  live.heard({ type: 'changed' });
  await vi.runAllTimersAsync();
  expect(topics.refresh).toHaveBeenCalledTimes(1);
  expect(topics.update).not.toHaveBeenCalled();
  live.shown('d');
  expect(session.read.mock.calls).toEqual([['c'], ['d']]);
  live.heard({ type: 'changed', conversation: 'c', updatedAt: 9 });
  await vi.runAllTimersAsync();
  expect(topics.refresh).toHaveBeenCalledTimes(1);
  expect(topics.update).toHaveBeenCalledTimes(1);
});

test('an answer under way tells of itself', async () => {
  const { session, topics, live } = world();
  session.store.dispatch({ type: 'chat', key: 'c', action: { type: 'sent', text: 'hello' } });
  live.heard({ type: 'changed', conversation: 'c', updatedAt: 6 });
  live.heard({ type: 'changed', conversation: 'c', deleted: true });
  await vi.runAllTimersAsync();
  expect(session.read).not.toHaveBeenCalled();
  expect(session.lost).not.toHaveBeenCalled();
  expect(topics.update).not.toHaveBeenCalled();
});

test('a reader who comes back sees what has changed, also where nobody tells of changes', async () => {
  const { session, topics, live } = world();
  await live.lookAgain();
  expect(session.read).not.toHaveBeenCalled();
  topics.store.dispatch({ type: 'changed', topic: { id: 'c', updatedAt: 8 } });
  vi.advanceTimersByTime(2000);
  await live.lookAgain();
  expect(session.read.mock.calls).toEqual([['c']]);
  await live.lookAgain();
  expect(topics.update).toHaveBeenCalledTimes(2);
});
