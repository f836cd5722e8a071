// What was pressed in a conversation may go with what it changed: another answer, another version of a message, an
// editor that closes. The focus then goes to the box to write in, and not to the top of the page, from where a reader
// without a pointer would have to come back through all of it.

import { type RefObject, useEffect, useRef } from 'react';

/** @param content what changes, drawn anew with each `change` */
export function useKeptFocus(
  content: RefObject<HTMLElement | null>,
  change: unknown,
  focusInstead: () => void,
): void {
  const last = useRef<Element>(undefined);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      last.current = target instanceof Element && content.current?.contains(target) ? target : undefined;
    };
    document.addEventListener('focusin', onFocus);
    return () => document.removeEventListener('focusin', onFocus);
  }, [content]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has gone is known after each change
  useEffect(() => {
    const lost = last.current;
    if (!lost || (lost.isConnected && !lost.matches(':disabled'))) return;
    last.current = undefined;
    if (document.activeElement === null || document.activeElement === document.body) focusInstead();
  }, [change]);
}
