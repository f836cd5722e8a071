import { expect, test } from 'vitest';
import type { Topic } from '../api/stored-conversation.ts';
import { initialTopics, PAGE_SIZE, type TopicsAction, topicsReducer } from './conversation-list-state.ts';

const topic = (id: number): Topic => ({ id: `${id}`, title: `t${id}`, createdAt: id, updatedAt: id });
const topics = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => topic(from - index));
const run = (...actions: readonly TopicsAction[]) => actions.reduce(topicsReducer, initialTopics);
const asked = (request: number, search = ''): TopicsAction => ({ type: 'asked', request, search });
const came = (request: number, list: readonly Topic[], next?: string, further = false): TopicsAction => ({
  type: 'came',
  request,
  topics: list,
  next,
  further,
});
const ids = (state: ReturnType<typeof run>) => state.items.map(({ id }) => id);

test('pages follow one another until the server says that there is none', () => {
  const first = run(asked(1), came(1, topics(100, PAGE_SIZE), 'a place'));
  expect(first).toMatchObject({ loading: false, next: 'a place' });
  const both = [asked(2), came(2, topics(61, 3), undefined, true)].reduce(topicsReducer, first);
  expect(both.items).toHaveLength(PAGE_SIZE + 2);
  expect(both.next).toBeUndefined();
});

test('an answer to an earlier question comes too late', () => {
  const state = run(asked(1, 'a'), asked(2, 'ab'), came(1, topics(9, 2)), { type: 'failed', request: 1 });
  expect(state).toMatchObject({ items: [], loading: true, failed: false, search: 'ab' });
});

test('a conversation that changed moves to the front, one that was renamed stays where it is', () => {
  const state = run(asked(1), came(1, topics(3, 3)));
  expect(ids(topicsReducer(state, { type: 'changed', topic: { id: '1', updatedAt: 9 } }))).toEqual([
    '1',
    '3',
    '2',
  ]);
  const renamed = topicsReducer(state, { type: 'changed', topic: { id: '1', title: 'x' } });
  expect(ids(renamed)).toEqual(['3', '2', '1']);
  expect(renamed.items[2]?.title).toBe('x');
});

test('a new conversation comes in, but not among what a search has found', () => {
  const change: TopicsAction = { type: 'changed', topic: { id: 'n', title: 'new', updatedAt: 9 } };
  expect(ids(run(asked(1), came(1, topics(2, 2)), change))).toEqual(['n', '2', '1']);
  expect(ids(run(asked(1, 'x'), came(1, topics(2, 2)), change))).toEqual(['2', '1']);
});

test('a deleted one is gone', () => {
  expect(ids(run(asked(1), came(1, topics(2, 2)), { type: 'deleted', id: '2' }))).toEqual(['1']);
});

test('a first page that is read again keeps the pages after it, and loses what is gone', () => {
  const both = run(
    asked(1),
    came(1, topics(100, PAGE_SIZE), 'x'),
    asked(2),
    came(2, topics(60, 5), 'y', true),
  );
  const now = [{ ...topic(58), updatedAt: 200 }, ...topics(100, PAGE_SIZE).filter(({ id }) => id !== '90')];
  const state = topicsReducer(both, { type: 'updated', topics: now.slice(0, PAGE_SIZE), next: 'z' });
  expect(ids(state).slice(0, 2)).toEqual(['58', '100']);
  expect(ids(state)).not.toContain('90');
  expect(ids(state).slice(-4)).toEqual(['60', '59', '57', '56']);
  expect(new Set(ids(state)).size).toBe(state.items.length);
  expect(state.next).toBe('y');
});

test('a first page of nothing but new ones begins the list anew, so that those behind it can be reached', () => {
  const few = run(asked(1), came(1, topics(5, 5)));
  const state = topicsReducer(few, { type: 'updated', topics: topics(200, PAGE_SIZE), next: 'behind it' });
  expect(ids(state)).toEqual(topics(200, PAGE_SIZE).map(({ id }) => id));
  expect(state.next).toBe('behind it');
});

test('a first page that is all there is leaves nothing else', () => {
  const both = run(asked(1), came(1, topics(100, PAGE_SIZE), 'x'));
  const state = topicsReducer(both, { type: 'updated', topics: topics(70, 2), next: undefined });
  expect(ids(state)).toEqual(['70', '69']);
  expect(state.next).toBeUndefined();
});
