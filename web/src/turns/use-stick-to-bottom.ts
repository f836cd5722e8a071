// Keeps the end of the conversation in view while it grows, until the user scrolls up. The view follows again when the
// user scrolls to the bottom or sends a message.

import { useCallback, useLayoutEffect, useRef, useState } from 'react';

const NEAR_BOTTOM_PX = 24;
/** A scroll event within this time after a wheel, touch or key event is attributed to the user. */
const USER_SCROLL_MS = 400;

const USER_INPUT_EVENTS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** @param active whether there is a conversation to follow; otherwise the view stays at the top */
export function useStickToBottom(active: boolean) {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [atBottom, setAtBottom] = useState(true);

  useLayoutEffect(() => {
    const [outer, inner] = [scroller.current, content.current];
    if (!outer || !inner) return;
    if (!active) {
      outer.scrollTop = 0;
      setAtBottom(true);
      return;
    }
    let lastTop = outer.scrollTop;
    let lastHeights = '';
    let userInputAt = Number.NEGATIVE_INFINITY;
    const heights = (): string => `${outer.scrollHeight} ${outer.clientHeight}`;
    const onUserInput = (): void => {
      userInputAt = performance.now();
    };
    const distanceToBottom = (): number => outer.scrollHeight - outer.clientHeight - outer.scrollTop;
    const follow = (): void => {
      if (following.current) outer.scrollTop = outer.scrollHeight;
      [lastTop, lastHeights] = [outer.scrollTop, heights()];
      setAtBottom(distanceToBottom() < NEAR_BOTTOM_PX);
    };
    const onScroll = (): void => {
      // The browser also scrolls when the content shrinks or the composer grows. Then the heights have changed and there
      // was no user input.
      const resized = heights() !== lastHeights && performance.now() - userInputAt > USER_SCROLL_MS;
      if (resized) return follow();
      if (outer.scrollTop < lastTop - 1 && distanceToBottom() > 4) following.current = false;
      else if (distanceToBottom() < NEAR_BOTTOM_PX) following.current = true;
      lastTop = outer.scrollTop;
      setAtBottom(distanceToBottom() < NEAR_BOTTOM_PX);
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(outer);
    outer.addEventListener('scroll', onScroll, { passive: true });
    for (const type of USER_INPUT_EVENTS) outer.addEventListener(type, onUserInput, { passive: true });
    return () => {
      observer.disconnect();
      outer.removeEventListener('scroll', onScroll);
      for (const type of USER_INPUT_EVENTS) outer.removeEventListener(type, onUserInput);
    };
  }, [active]);

  const scrollToBottom = useCallback(() => {
    following.current = true;
    if (active && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [active]);

  return { scroller, content, atBottom, scrollToBottom };
}
