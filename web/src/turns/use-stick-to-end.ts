// Keeps the end of the conversation in view while it grows, until the reader scrolls up; then leaves the
// view alone until the reader is back at the end or sends something.

import { useCallback, useLayoutEffect, useRef, useState } from 'react';

const NEAR_END_PX = 24;
/** How long after a wheel, a finger or a key a scroll is the reader's. */
const BY_READER_MS = 400;

const TOUCHES = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** @param active false while there is nothing to follow: the view then rests at the top */
export function useStickToEnd(active: boolean) {
  const scroller = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticking = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

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
    let touchedAt = Number.NEGATIVE_INFINITY;
    const heights = (): string => `${outer.scrollHeight} ${outer.clientHeight}`;
    const onTouch = (): void => {
      touchedAt = performance.now();
    };
    const distance = (): number => outer.scrollHeight - outer.clientHeight - outer.scrollTop;
    const follow = (): void => {
      if (sticking.current) outer.scrollTop = outer.scrollHeight;
      [lastTop, lastHeights] = [outer.scrollTop, heights()];
      setAtEnd(distance() < NEAR_END_PX);
    };
    const onScroll = (): void => {
      // The browser moves the top too, when the content shrinks while the box below grows: then nothing but the
      // heights has changed, and nobody has touched anything.
      const resized = heights() !== lastHeights && performance.now() - touchedAt > BY_READER_MS;
      if (resized) return follow();
      if (outer.scrollTop < lastTop - 1 && distance() > 4) sticking.current = false;
      else if (distance() < NEAR_END_PX) sticking.current = true;
      lastTop = outer.scrollTop;
      setAtEnd(distance() < NEAR_END_PX);
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(outer);
    outer.addEventListener('scroll', onScroll, { passive: true });
    for (const type of TOUCHES) outer.addEventListener(type, onTouch, { passive: true });
    return () => {
      observer.disconnect();
      outer.removeEventListener('scroll', onScroll);
      for (const type of TOUCHES) outer.removeEventListener(type, onTouch);
    };
  }, [active]);

  const stick = useCallback(() => {
    sticking.current = true;
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);

  return { scroller, content, atEnd, stick };
}
