// Whether the side bar is open: beside the conversation where there is room, and remembered; over it, as a
// drawer, on narrow screens, where it begins closed and closes when a conversation was chosen.

import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

const STORAGE_KEY = 'quire.sideBar';
const NARROW = '(max-width: 56rem)';

export interface SideBarState {
  readonly open: boolean;
  readonly narrow: boolean;
  toggle(): void;
  /** after something was chosen in it */
  closeDrawer(): void;
}

export function useSideBar(): SideBarState {
  const narrow = useNarrow();
  const [beside, setBeside] = useState(readStored);
  const [drawer, setDrawer] = useState(false);
  useEffect(() => {
    if (!narrow) setDrawer(false);
  }, [narrow]);
  const toggle = useCallback(() => {
    if (narrow) return setDrawer((open) => !open);
    setBeside(!beside);
    store(!beside);
  }, [narrow, beside]);
  const closeDrawer = useCallback(() => setDrawer(false), []);
  return { open: narrow ? drawer : beside, narrow, toggle, closeDrawer };
}

function useNarrow(): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const query = window.matchMedia(NARROW);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  return useSyncExternalStore(subscribe, () => window.matchMedia(NARROW).matches);
}

function readStored(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'closed';
  } catch {
    return true;
  }
}

function store(open: boolean): void {
  try {
    localStorage.setItem(STORAGE_KEY, open ? 'open' : 'closed');
  } catch {}
}
