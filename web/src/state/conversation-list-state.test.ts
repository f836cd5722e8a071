import { expect, test } from 'vitest';
import { PAGE_SIZE } from '../api/api-client.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import {
  type ConversationListAction,
  conversationListReducer,
  initialConversationList,
} from './conversation-list-state.ts';

const entry = (id: number): ConversationSummary => ({
  id: `${id}`,
  title: `t${id}`,
  createdAt: id,
  updatedAt: id,
});
const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => entry(from - index));
const run = (...actions: readonly ConversationListAction[]) =>
  actions.reduce(conversationListReducer, initialConversationList);
const requestAction = (request: number, search = ''): ConversationListAction => ({
  type: 'requested',
  request,
  search,
});
const loadAction = (
  request: number,
  list: readonly ConversationSummary[],
  next?: string,
  append = false,
): ConversationListAction => ({
  type: 'loaded',
  request,
  items: list,
  next,
  append,
});
const ids = (state: ReturnType<typeof run>) => state.items.map(({ id }) => id);

test('pages are appended until there is no next cursor', () => {
  const first = run(requestAction(1), loadAction(1, entries(100, PAGE_SIZE), 'cursor'));
  expect(first).toMatchObject({ loading: false, next: 'cursor' });
  const twoPages = [requestAction(2), loadAction(2, entries(61, 3), undefined, true)].reduce(
    conversationListReducer,
    first,
  );
  expect(twoPages.items).toHaveLength(PAGE_SIZE + 2);
  expect(twoPages.next).toBeUndefined();
});

test('the response to an earlier request is ignored', () => {
  const state = run(requestAction(1, 'a'), requestAction(2, 'ab'), loadAction(1, entries(9, 2)), {
    type: 'failed',
    request: 1,
  });
  expect(state).toMatchObject({ items: [], loading: true, failed: false, search: 'ab' });
});

test('a conversation with a newer date moves to the front; a renamed conversation keeps its position', () => {
  const state = run(requestAction(1), loadAction(1, entries(3, 3)));
  expect(
    ids(conversationListReducer(state, { type: 'changed', conversation: { id: '1', updatedAt: 9 } })),
  ).toEqual(['1', '3', '2']);
  const renamed = conversationListReducer(state, { type: 'changed', conversation: { id: '1', title: 'x' } });
  expect(ids(renamed)).toEqual(['3', '2', '1']);
  expect(renamed.items[2]?.title).toBe('x');
});

test('a new conversation is added to the list, but not to search results', () => {
  const change: ConversationListAction = {
    type: 'changed',
    conversation: { id: 'n', title: 'new', updatedAt: 9 },
  };
  expect(ids(run(requestAction(1), loadAction(1, entries(2, 2)), change))).toEqual(['n', '2', '1']);
  expect(ids(run(requestAction(1, 'x'), loadAction(1, entries(2, 2)), change))).toEqual(['2', '1']);
});

test('a deleted conversation is removed', () => {
  expect(ids(run(requestAction(1), loadAction(1, entries(2, 2)), { type: 'deleted', id: '2' }))).toEqual([
    '1',
  ]);
});

test('an updated first page keeps the later pages and removes deleted entries', () => {
  const twoPages = run(
    requestAction(1),
    loadAction(1, entries(100, PAGE_SIZE), 'x'),
    requestAction(2),
    loadAction(2, entries(60, 5), 'y', true),
  );
  const firstPage = [
    { ...entry(58), updatedAt: 200 },
    ...entries(100, PAGE_SIZE).filter(({ id }) => id !== '90'),
  ];
  const state = conversationListReducer(twoPages, {
    type: 'updated',
    items: firstPage.slice(0, PAGE_SIZE),
    next: 'z',
  });
  expect(ids(state).slice(0, 2)).toEqual(['58', '100']);
  expect(ids(state)).not.toContain('90');
  expect(ids(state).slice(-4)).toEqual(['60', '59', '57', '56']);
  expect(new Set(ids(state)).size).toBe(state.items.length);
  expect(state.next).toBe('y');
});

test('a first page that does not overlap the list replaces the list and its cursor', () => {
  const shortList = run(requestAction(1), loadAction(1, entries(5, 5)));
  const state = conversationListReducer(shortList, {
    type: 'updated',
    items: entries(200, PAGE_SIZE),
    next: 'next cursor',
  });
  expect(ids(state)).toEqual(entries(200, PAGE_SIZE).map(({ id }) => id));
  expect(state.next).toBe('next cursor');
});

test('a first page without a next cursor replaces the list', () => {
  const twoPages = run(requestAction(1), loadAction(1, entries(100, PAGE_SIZE), 'x'));
  const state = conversationListReducer(twoPages, {
    type: 'updated',
    items: entries(70, 2),
    next: undefined,
  });
  expect(ids(state)).toEqual(['70', '69']);
  expect(state.next).toBeUndefined();
});
