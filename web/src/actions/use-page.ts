// React hooks for the actions and the state of the page.

import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { ConversationListState } from '../state/conversation-list-state.ts';
import type { PageState } from '../state/page-state.ts';
import { PageActions } from './page-actions.ts';

export interface PageView {
  readonly actions: PageActions;
  readonly page: PageState;
  readonly conversations: ConversationListState;
}

export function usePage(): PageView {
  const [actions] = useState(() => new PageActions());
  useEffect(() => actions.start(), [actions]);
  const page = useSyncExternalStore(actions.client.store.subscribe, actions.client.store.get);
  const conversations = useSyncExternalStore(
    actions.conversations.store.subscribe,
    actions.conversations.store.get,
  );
  return { actions, page, conversations };
}

const ActionsContext = createContext<PageActions | undefined>(undefined);

export const ActionsProvider = ActionsContext;

export function useActions(): PageActions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error('useActions was called outside ActionsProvider');
  return actions;
}
