// Moves the focus to the message field when the focused element of the conversation is removed or disabled: by another
// answer, another version of a message, or an editor that closes. Otherwise the focus would be lost, and keyboard users would
// start again at the top of the page.

import { type RefObject, useEffect, useRef } from 'react';

/** @param content element whose children may be removed; checked after each `change` */
export function useFocusFallback(
  content: RefObject<HTMLElement | null>,
  change: unknown,
  focusInstead: () => void,
): void {
  const lastFocused = useRef<Element>(undefined);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      lastFocused.current =
        target instanceof Element && content.current?.contains(target) ? target : undefined;
    };
    document.addEventListener('focusin', onFocus);
    return () => document.removeEventListener('focusin', onFocus);
  }, [content]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus is checked after each change
  useEffect(() => {
    const element = lastFocused.current;
    if (!element || (element.isConnected && !element.matches(':disabled'))) return;
    lastFocused.current = undefined;
    if (document.activeElement === null || document.activeElement === document.body) focusInstead();
  }, [change]);
}
