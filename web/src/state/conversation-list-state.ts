// The list of conversations in the side bar: pages of it as the server gives them, the last changed first, and
// what happens to single ones meanwhile.

import type { Topic } from '../api/stored-conversation.ts';

export const PAGE_SIZE = 40;

export interface TopicsState {
  readonly items: readonly Topic[];
  /** what the list is filtered by */
  readonly search: string;
  /** number of the last request; an answer to an earlier one comes too late */
  readonly request: number;
  readonly loading: boolean;
  readonly failed: boolean;
  /** where the list goes on; absent at its end */
  readonly next?: string;
}

export type TopicsAction =
  | { readonly type: 'asked'; readonly request: number; readonly search: string }
  | {
      readonly type: 'came';
      readonly request: number;
      readonly topics: readonly Topic[];
      readonly next: string | undefined;
      /** the list goes on, it does not begin anew */
      readonly further: boolean;
    }
  | { readonly type: 'failed'; readonly request: number }
  /** the first page, as it is now */
  | { readonly type: 'updated'; readonly topics: readonly Topic[]; readonly next: string | undefined }
  | { readonly type: 'changed'; readonly topic: Partial<Topic> & Pick<Topic, 'id'> }
  | { readonly type: 'deleted'; readonly id: string };

export const initialTopics: TopicsState = {
  items: [],
  search: '',
  request: 0,
  loading: false,
  failed: false,
};

export function topicsReducer(state: TopicsState, action: TopicsAction): TopicsState {
  switch (action.type) {
    case 'asked':
      return { ...state, request: action.request, search: action.search, loading: true, failed: false };
    case 'came':
      return action.request === state.request ? came(state, action) : state;
    case 'failed':
      return action.request === state.request ? { ...state, loading: false, failed: true } : state;
    case 'updated':
      return updated(state, action);
    case 'changed':
      return changed(state, action.topic);
    case 'deleted':
      return { ...state, items: state.items.filter(({ id }) => id !== action.id) };
  }
}

type Came = Extract<TopicsAction, { type: 'came' }>;
type Updated = Extract<TopicsAction, { type: 'updated' }>;

function came({ next: _, ...state }: TopicsState, { topics, next, further }: Came): TopicsState {
  const have = new Set(further ? state.items.map(({ id }) => id) : []);
  const items = [...(further ? state.items : []), ...topics.filter(({ id }) => !have.has(id))];
  return { ...state, items, loading: false, failed: false, ...(next !== undefined && { next }) };
}

function updated({ next: known, ...state }: TopicsState, { topics, next }: Updated): TopicsState {
  const last = topics.at(-1);
  const reached = state.items.some(({ id, updatedAt }) => id === last?.id && updatedAt === last.updatedAt);
  // Behind a page that does not reach what was listed there may be more that is new: the list goes on from its end.
  if (!last || next === undefined || !reached) {
    return { ...state, items: topics, ...(next !== undefined && { next }) };
  }
  const first = new Set(topics.map(({ id }) => id));
  // Whatever is newer than the end of the first page and not on it is gone.
  const others = state.items.filter(({ id, updatedAt }) => !first.has(id) && updatedAt <= last.updatedAt);
  return { ...state, items: [...topics, ...others], ...(known !== undefined && { next: known }) };
}

/** A conversation that has another date moves; one that is new comes in, unless the list is filtered. */
function changed(state: TopicsState, topic: Partial<Topic> & Pick<Topic, 'id'>): TopicsState {
  const old = state.items.find(({ id }) => id === topic.id);
  if (!old && state.search !== '') return state;
  const { updatedAt = old?.updatedAt ?? 0 } = topic;
  const next: Topic = { title: '', createdAt: updatedAt, ...old, ...topic, updatedAt };
  if (old && old.updatedAt === updatedAt) {
    return { ...state, items: state.items.map((one) => (one === old ? next : one)) };
  }
  const others = state.items.filter((one) => one !== old);
  return { ...state, items: [...others, next].sort((a, b) => b.updatedAt - a.updatedAt) };
}
