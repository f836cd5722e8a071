// Binds what the page can do, and what it holds, to React for as long as it is shown.

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { TopicsState } from '../state/conversation-list-state.ts';
import type { PageState } from '../state/page-state.ts';
import { PageActions } from './page-actions.ts';

export interface PageView {
  readonly actions: PageActions;
  readonly page: PageState;
  readonly topics: TopicsState;
}

export function usePage(): PageView {
  const [actions] = useState(() => new PageActions());
  useEffect(() => actions.start(), [actions]);
  const page = useSyncExternalStore(actions.session.store.subscribe, actions.session.store.get);
  const topics = useSyncExternalStore(actions.topics.store.subscribe, actions.topics.store.get);
  return { actions, page, topics };
}

const ActionsContext = createContext<PageActions | undefined>(undefined);

export const ActionsProvider = ActionsContext;

export function useActions(): PageActions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error('used outside of the page');
  return actions;
}
