// Tests what RemoteChanges reloads, and when.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type ConversationListAction,
  type ConversationListState,
  conversationListReducer,
  initialConversationList,
} from '../state/conversation-list-state.ts';
import { initialPage, type PageAction, type PageState, pageReducer } from '../state/page-state.ts';
import { Store } from '../state/store.ts';
import { RemoteChanges } from './remote-changes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Creates a page with the open conversations `c` and `d`. `c` is shown and was loaded with `updatedAt` 5. */
function setUp() {
  const stored = { title: 'T', messages: [] };
  const state = (
    [
      { type: 'opened' },
      { type: 'mode', mode: 'stored' },
      { type: 'shown', key: 'd' },
      { type: 'shown', key: 'c' },
      { type: 'chat', key: 'c', action: { type: 'loaded', stored, idle: true } },
    ] satisfies PageAction[]
  ).reduce<PageState>(pageReducer, initialPage('c', 'c'));
  const client = {
    store: new Store<PageState, PageAction>(state, pageReducer),
    load: vi.fn(async () => {}),
    handleRemoteDeletion: vi.fn(),
    loadedUpdateTime: () => 5,
  };
  const items = [{ id: 'c', title: 'T', createdAt: 1, updatedAt: 5 }];
  const list = {
    store: new Store<ConversationListState, ConversationListAction>(
      { ...initialConversationList, items },
      conversationListReducer,
    ),
    updateFirstPage: vi.fn(async () => {}),
    refresh: vi.fn(async () => true),
  };
  return { client, list, changes: new RemoteChanges(client, list) };
}

test('a burst of changes reloads the current conversation once, and other conversations when they are shown', async () => {
  const { client, list, changes } = setUp();
  for (let time = 0; time < 9; time++)
    changes.handle({ type: 'changed', conversation: 'c', updatedAt: time });
  changes.handle({ type: 'changed', conversation: 'd', updatedAt: 9 });
  changes.handle({ type: 'changed', conversation: 'never opened', updatedAt: 9 });
  await vi.runAllTimersAsync();
  expect(client.load.mock.calls).toEqual([['c']]);
  expect(list.updateFirstPage).toHaveBeenCalledTimes(1);
  changes.reloadIfStale('d');
  changes.reloadIfStale('d');
  expect(client.load.mock.calls).toEqual([['c'], ['d']]);
});

test('a change without an id reloads all open conversations and the whole list', async () => {
  const { client, list, changes } = setUp();
  changes.handle({ type: 'changed' });
  await vi.runAllTimersAsync();
  expect(list.refresh).toHaveBeenCalledTimes(1);
  expect(list.updateFirstPage).not.toHaveBeenCalled();
  changes.reloadIfStale('d');
  expect(client.load.mock.calls).toEqual([['c'], ['d']]);
  changes.handle({ type: 'changed', conversation: 'c', updatedAt: 9 });
  await vi.runAllTimersAsync();
  expect(list.refresh).toHaveBeenCalledTimes(1);
  expect(list.updateFirstPage).toHaveBeenCalledTimes(1);
});

test('changes of a conversation with a running answer are ignored', async () => {
  const { client, list, changes } = setUp();
  client.store.dispatch({ type: 'chat', key: 'c', action: { type: 'sent', text: 'hello' } });
  changes.handle({ type: 'changed', conversation: 'c', updatedAt: 6 });
  changes.handle({ type: 'changed', conversation: 'c', deleted: true });
  await vi.runAllTimersAsync();
  expect(client.load).not.toHaveBeenCalled();
  expect(client.handleRemoteDeletion).not.toHaveBeenCalled();
  expect(list.updateFirstPage).not.toHaveBeenCalled();
});

test('refreshOnReturn reloads a conversation that changed, even if the server did not report the change', async () => {
  const { client, list, changes } = setUp();
  await changes.refreshOnReturn();
  expect(client.load).not.toHaveBeenCalled();
  list.store.dispatch({ type: 'changed', conversation: { id: 'c', updatedAt: 8 } });
  vi.advanceTimersByTime(2000);
  await changes.refreshOnReturn();
  expect(client.load.mock.calls).toEqual([['c']]);
  await changes.refreshOnReturn();
  expect(list.updateFirstPage).toHaveBeenCalledTimes(2);
});
