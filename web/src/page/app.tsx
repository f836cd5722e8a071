// Where the page chooses its language, and binds what it can do to what it shows.

import { useCallback, useState } from 'react';
import { ActionsProvider, usePage } from '../actions/use-page.ts';
import { type LanguageCode, LanguageContext, rememberLanguage, startLanguage } from '../texts/language.ts';
import { ChatPage } from './chat-page.tsx';

export function App() {
  const view = usePage();
  const [language, setLanguage] = useState(startLanguage);
  const change = useCallback((next: LanguageCode) => {
    rememberLanguage(next);
    setLanguage(next);
  }, []);
  return (
    <LanguageContext value={language}>
      <ActionsProvider value={view.actions}>
        <ChatPage view={view} language={language} onLanguage={change} />
      </ActionsProvider>
    </LanguageContext>
  );
}
