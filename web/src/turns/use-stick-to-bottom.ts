// Keeps the end of the conversation in view while it grows, until the user scrolls up. It follows again when the user
// scrolls to the bottom or sends a message.

import { useCallback, useLayoutEffect, useRef, useState } from 'react';

const NEAR_BOTTOM_PX = 24;
/** A scroll event this soon after a wheel, touch or key event is attributed to the user. */
const USER_SCROLL_MS = 400;

const USER_INPUT_EVENTS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** @param active false while there is no conversation to follow: the view then stays at the top */
export function useStickToBottom(active: boolean) {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticking = useRef(true);
  const [atBottom, setAtEnd] = useState(true);

  useLayoutEffect(() => {
    const [outer, inner] = [scroller.current, content.current];
    if (!outer || !inner) return;
    if (!active) {
      outer.scrollTop = 0;
      setAtEnd(true);
      return;
    }
    let lastTop = outer.scrollTop;
    let lastHeights = '';
    let userInputAt = Number.NEGATIVE_INFINITY;
    const heights = (): string => `${outer.scrollHeight} ${outer.clientHeight}`;
    const onUserInput = (): void => {
      userInputAt = performance.now();
    };
    const distance = (): number => outer.scrollHeight - outer.clientHeight - outer.scrollTop;
    const follow = (): void => {
      if (sticking.current) outer.scrollTop = outer.scrollHeight;
      [lastTop, lastHeights] = [outer.scrollTop, heights()];
      setAtEnd(distance() < NEAR_BOTTOM_PX);
    };
    const onScroll = (): void => {
      // The browser also scrolls when the content shrinks or the composer grows. Then the heights have changed and there
      // was no user input.
      const resized = heights() !== lastHeights && performance.now() - userInputAt > USER_SCROLL_MS;
      if (resized) return follow();
      if (outer.scrollTop < lastTop - 1 && distance() > 4) sticking.current = false;
      else if (distance() < NEAR_BOTTOM_PX) sticking.current = true;
      lastTop = outer.scrollTop;
      setAtEnd(distance() < NEAR_BOTTOM_PX);
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
    sticking.current = true;
    if (active && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [active]);

  return { scroller, content, atBottom, scrollToBottom };
}
