// The state of the sidebar: open or closed. On a wide screen the sidebar is beside the conversation and its state is stored.
// On a narrow screen the sidebar is a drawer that is closed at first, and closes when a conversation is opened.

import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

const STORAGE_KEY = 'quire.sideBar';
const NARROW_QUERY = '(max-width: 56rem)';

export interface SidebarState {
  readonly open: boolean;
  readonly narrow: boolean;
  toggle(): void;
  /** closes the sidebar if it is a drawer */
  closeDrawer(): void;
}

export function useSidebar(): SidebarState {
  const narrow = useNarrow();
  const [docked, setDocked] = useState(readStoredOpen);
  const [drawer, setDrawer] = useState(false);
  useEffect(() => {
    if (!narrow) setDrawer(false);
  }, [narrow]);
  const toggle = useCallback(() => {
    if (narrow) return setDrawer((open) => !open);
    setDocked(!docked);
    storeOpen(!docked);
  }, [narrow, docked]);
  const closeDrawer = useCallback(() => setDrawer(false), []);
  return { open: narrow ? drawer : docked, narrow, toggle, closeDrawer };
}

function useNarrow(): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const query = window.matchMedia(NARROW_QUERY);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  return useSyncExternalStore(subscribe, () => window.matchMedia(NARROW_QUERY).matches);
}

function readStoredOpen(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'closed';
  } catch {
    return true;
  }
}

function storeOpen(open: boolean): void {
  try {
    localStorage.setItem(STORAGE_KEY, open ? 'open' : 'closed');
  } catch {}
}
