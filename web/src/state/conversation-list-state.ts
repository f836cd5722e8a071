// The state of the conversation list in the sidebar: the pages loaded so far, most recently changed first, and the
// changes to single conversations.

import type { ConversationSummary } from '../api/stored-conversation.ts';

export interface ConversationListState {
  readonly items: readonly ConversationSummary[];
  /** filter of the list; empty for none */
  readonly search: string;
  /** number of the last request; responses to earlier requests are ignored */
  readonly request: number;
  readonly loading: boolean;
  readonly failed: boolean;
  /** cursor of the next page; absent at the end of the list */
  readonly next?: string;
}

export type ConversationListAction =
  | { readonly type: 'requested'; readonly request: number; readonly search: string }
  | {
      readonly type: 'loaded';
      readonly request: number;
      readonly items: readonly ConversationSummary[];
      readonly next: string | undefined;
      /** whether to add the page to the list instead of replacing the list */
      readonly append: boolean;
    }
  | { readonly type: 'failed'; readonly request: number }
  /** the first page was loaded again */
  | {
      readonly type: 'updated';
      readonly items: readonly ConversationSummary[];
      readonly next: string | undefined;
    }
  | {
      readonly type: 'changed';
      readonly conversation: Partial<ConversationSummary> & Pick<ConversationSummary, 'id'>;
    }
  | { readonly type: 'deleted'; readonly id: string };

export const initialConversationList: ConversationListState = {
  items: [],
  search: '',
  request: 0,
  loading: false,
  failed: false,
};

export function conversationListReducer(
  state: ConversationListState,
  action: ConversationListAction,
): ConversationListState {
  switch (action.type) {
    case 'requested':
      return { ...state, request: action.request, search: action.search, loading: true, failed: false };
    case 'loaded':
      return action.request === state.request ? applyLoaded(state, action) : state;
    case 'failed':
      return action.request === state.request ? { ...state, loading: false, failed: true } : state;
    case 'updated':
      return applyFirstPage(state, action);
    case 'changed':
      return applyChange(state, action.conversation);
    case 'deleted':
      return { ...state, items: state.items.filter(({ id }) => id !== action.id) };
  }
}

type LoadedAction = Extract<ConversationListAction, { type: 'loaded' }>;
type UpdatedAction = Extract<ConversationListAction, { type: 'updated' }>;

function applyLoaded(
  { next: _, ...state }: ConversationListState,
  { items: page, next, append }: LoadedAction,
): ConversationListState {
  const listedIds = new Set(append ? state.items.map(({ id }) => id) : []);
  const items = [...(append ? state.items : []), ...page.filter(({ id }) => !listedIds.has(id))];
  return { ...state, items, loading: false, failed: false, ...(next !== undefined && { next }) };
}

function applyFirstPage(
  { next: nextOfList, ...state }: ConversationListState,
  { items: page, next }: UpdatedAction,
): ConversationListState {
  const lastItem = page.at(-1);
  const overlaps = state.items.some(
    ({ id, updatedAt }) => id === lastItem?.id && updatedAt === lastItem.updatedAt,
  );
  // If the page does not overlap the list, conversations between them may be missing: the page replaces the list.
  if (!lastItem || next === undefined || !overlaps) {
    return { ...state, items: page, ...(next !== undefined && { next }) };
  }
  const pageIds = new Set(page.map(({ id }) => id));
  // An entry that is newer than the last entry of the first page, but not on that page, was deleted.
  const otherItems = state.items.filter(
    ({ id, updatedAt }) => !pageIds.has(id) && updatedAt <= lastItem.updatedAt,
  );
  return { ...state, items: [...page, ...otherItems], ...(nextOfList !== undefined && { next: nextOfList }) };
}

/** Moves a conversation whose date changed. Adds a new conversation, unless the list is filtered. */
function applyChange(
  state: ConversationListState,
  change: Partial<ConversationSummary> & Pick<ConversationSummary, 'id'>,
): ConversationListState {
  const oldItem = state.items.find(({ id }) => id === change.id);
  if (!oldItem && state.search !== '') return state;
  const { updatedAt = oldItem?.updatedAt ?? 0 } = change;
  const next: ConversationSummary = { title: '', createdAt: updatedAt, ...oldItem, ...change, updatedAt };
  if (oldItem && oldItem.updatedAt === updatedAt) {
    return { ...state, items: state.items.map((item) => (item === oldItem ? next : item)) };
  }
  const otherItems = state.items.filter((item) => item !== oldItem);
  return { ...state, items: [...otherItems, next].sort((a, b) => b.updatedAt - a.updatedAt) };
}
