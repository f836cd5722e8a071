// Where the page chooses its language, and binds what it can do to what it shows.

import { useCallback, useState } from 'react';
import { ChatPage } from './components/chat-page.tsx';
import { type LanguageCode, LanguageContext, rememberLanguage, startLanguage } from './language.ts';
import { ActionsProvider, usePage } from './use-page.ts';

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
