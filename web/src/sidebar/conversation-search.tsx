// Searches conversations by title and text. The server does the search, so a request is sent only when the user stops typing.

import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { CloseIcon, SearchIcon } from '../components/icons.tsx';
import { useTexts } from '../texts/language.ts';

const SEARCH_DELAY_MS = 250;

export function ConversationSearch({ onSearch }: { onSearch(text: string): void }) {
  const texts = useTexts();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const lastSearch = useRef('');
  const search = useRef(onSearch);
  useEffect(() => {
    search.current = onSearch;
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      if (lastSearch.current === text.trim()) return;
      lastSearch.current = text.trim();
      search.current(text.trim());
    }, SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  // Closing the sidebar clears the search, so that it shows all conversations when opened again.
  useEffect(
    () => () => {
      if (lastSearch.current) search.current('');
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
        placeholder={texts.sidebar.search}
        aria-label={texts.sidebar.search}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || text === '' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          clear();
        }}
      />
      {text && (
        <IconButton label={texts.sidebar.clearSearch} onClick={clear}>
          <CloseIcon />
        </IconButton>
      )}
    </search>
  );
}
