// Finds conversations by their title or text. The server searches, so it is asked only when the reader pauses.

import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { CloseIcon, SearchIcon } from '../components/icons.tsx';
import { useTexts } from '../texts/language.ts';

const PAUSE_MS = 250;

export function TopicSearch({ onSearch }: { onSearch(text: string): void }) {
  const texts = useTexts();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef('');
  const search = useRef(onSearch);
  useEffect(() => {
    search.current = onSearch;
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      if (asked.current === text.trim()) return;
      asked.current = text.trim();
      search.current(text.trim());
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  // The bar is closed while it searches: opened again it shows everything.
  useEffect(
    () => () => {
      if (asked.current) search.current('');
    },
    [],
  );
  const clear = (): void => {
    setText('');
    input.current?.focus();
  };
  return (
    <search className="side-search">
      <SearchIcon />
      <input
        ref={input}
        type="search"
        dir="auto"
        value={text}
        placeholder={texts.topics.search}
        aria-label={texts.topics.search}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || text === '' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          clear();
        }}
      />
      {text && (
        <IconButton label={texts.topics.clearSearch} onClick={clear}>
          <CloseIcon />
        </IconButton>
      )}
    </search>
  );
}
