// The conversations: begin one, find one, go back to one. Beside the page where there is room; over it as a
// drawer that takes the focus where there is not.

import { useEffect, useRef } from 'react';
import { useActions } from '../actions/use-page.ts';
import { inBackground } from '../browser/in-background.ts';
import { Brand } from '../components/brand.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { NewIcon, SideBarIcon } from '../components/icons.tsx';
import { useTexts } from '../texts/language.ts';
import { TopicListView, type TopicListViewProps } from './conversation-list-view.tsx';
import { TopicSearch } from './conversation-search.tsx';
import { ImportButton } from './import-button.tsx';
import type { SideBarState } from './use-sidebar.ts';

interface SideBarProps extends TopicListViewProps {
  readonly bar: SideBarState;
  onNew(): void;
}

export function SideBar({ bar, onNew, ...list }: SideBarProps) {
  const texts = useTexts();
  const actions = useActions();
  const drawer = useRef<HTMLElement>(null);
  useDrawerKeys(drawer, bar);
  if (!bar.open) return null;
  return (
    <>
      {bar.narrow && <div className="scrim" onClick={bar.toggle} aria-hidden="true" />}
      <aside
        className={bar.narrow ? 'side side-drawer' : 'side'}
        aria-label={texts.topics.title}
        ref={drawer}
        tabIndex={-1}
      >
        <div className="side-head">
          {!bar.narrow && <Brand />}
          <h2 className={bar.narrow ? undefined : 'visually-hidden'}>{texts.topics.title}</h2>
          <IconButton label={texts.topics.hide} onClick={bar.toggle} expanded>
            <SideBarIcon />
          </IconButton>
        </div>
        <div className="side-tools">
          <button type="button" className="side-new" onClick={onNew}>
            <NewIcon />
            {texts.newConversation}
          </button>
          <TopicSearch onSearch={(text) => inBackground(actions.topics.refresh(text))} />
        </div>
        <TopicListView {...list} />
        <ImportButton />
      </aside>
    </>
  );
}

/** Escape closes the drawer, and the focus goes into it and back. */
function useDrawerKeys(drawer: { readonly current: HTMLElement | null }, bar: SideBarState): void {
  const { open, narrow, closeDrawer } = bar;
  const over = open && narrow;
  useEffect(() => {
    if (!over) return;
    const before = document.activeElement;
    drawer.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      // Inside, Escape may belong to a menu, a title that is being written, or an input method.
      if (event.key === 'Escape' && !event.defaultPrevented && !event.isComposing) closeDrawer();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [over, drawer, closeDrawer]);
}
