// The sidebar: start, search, open and import conversations. On a wide screen the sidebar is beside the page; on a narrow
// screen it is a drawer over the page and gets the focus.

import { useEffect, useRef } from 'react';
import { useActions } from '../actions/use-page.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { Brand } from '../components/brand.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { PlusIcon, SidebarIcon } from '../components/icons.tsx';
import { useTexts } from '../texts/language.ts';
import { ConversationListView, type ConversationListViewProps } from './conversation-list-view.tsx';
import { ConversationSearch } from './conversation-search.tsx';
import { ImportButton } from './import-button.tsx';
import type { SidebarState } from './use-sidebar.ts';

interface SidebarProps extends ConversationListViewProps {
  readonly sidebar: SidebarState;
  onNew(): void;
}

export function Sidebar({ sidebar, onNew, ...list }: SidebarProps) {
  const texts = useTexts();
  const actions = useActions();
  const drawer = useRef<HTMLElement>(null);
  useDrawerKeys(drawer, sidebar);
  if (!sidebar.open) return null;
  return (
    <>
      {sidebar.narrow && <div className="scrim" onClick={sidebar.toggle} aria-hidden="true" />}
      <aside
        className={sidebar.narrow ? 'side side-drawer' : 'side'}
        aria-label={texts.sidebar.title}
        ref={drawer}
        tabIndex={-1}
      >
        <div className="side-head">
          {!sidebar.narrow && <Brand />}
          <h2 className={sidebar.narrow ? undefined : 'visually-hidden'}>{texts.sidebar.title}</h2>
          <IconButton label={texts.sidebar.hide} onClick={sidebar.toggle} expanded>
            <SidebarIcon />
          </IconButton>
        </div>
        <div className="side-tools">
          <button type="button" className="side-new" onClick={onNew}>
            <PlusIcon />
            {texts.newConversation}
          </button>
          <ConversationSearch onSearch={(text) => runInBackground(actions.conversations.refresh(text))} />
        </div>
        <ConversationListView {...list} />
        <ImportButton />
      </aside>
    </>
  );
}

/** Moves the focus into the drawer when it opens and back when it closes, and closes the drawer on Escape. */
function useDrawerKeys(drawer: { readonly current: HTMLElement | null }, sidebar: SidebarState): void {
  const { open, narrow, closeDrawer } = sidebar;
  const isDrawerOpen = open && narrow;
  useEffect(() => {
    if (!isDrawerOpen) return;
    const previous = document.activeElement;
    drawer.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      // Escape may belong to a menu, a title editor or an input method inside the drawer.
      if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) closeDrawer();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      if (previous instanceof HTMLElement && previous.isConnected) previous.focus();
    };
  }, [isDrawerOpen, drawer, closeDrawer]);
}
