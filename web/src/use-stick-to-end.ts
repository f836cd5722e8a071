// Keeps the end of the conversation in view while it grows, until the reader scrolls up; then leaves the
// view alone until the reader is back at the end or sends something.

import { useCallback, useLayoutEffect, useRef, useState } from 'react';

const NEAR_END_PX = 24;

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
    const distance = (): number => outer.scrollHeight - outer.clientHeight - outer.scrollTop;
    const follow = (): void => {
      if (sticking.current) outer.scrollTop = outer.scrollHeight;
      setAtEnd(distance() < NEAR_END_PX);
    };
    const onScroll = (): void => {
      // Content that grows moves the end away and not the top; content that shrinks moves the top, but
      // then the view rests at the end. Only a reader moves the top up and away from the end.
      if (outer.scrollTop < lastTop - 1 && distance() > 4) sticking.current = false;
      else if (distance() < NEAR_END_PX) sticking.current = true;
      lastTop = outer.scrollTop;
      setAtEnd(distance() < NEAR_END_PX);
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(outer);
    outer.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      outer.removeEventListener('scroll', onScroll);
    };
  }, [active]);

  const stick = useCallback(() => {
    sticking.current = true;
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);

  return { scroller, content, atEnd, stick };
}
