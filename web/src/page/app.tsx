// The root component: provides the language and the actions to the page.

import { useCallback, useState } from 'react';
import { ActionsProvider, usePage } from '../actions/use-page.ts';
import { initialLanguage, type LanguageCode, LanguageContext, saveLanguage } from '../texts/language.ts';
import { ChatPage } from './chat-page.tsx';

export function App() {
  const view = usePage();
  const [language, setLanguage] = useState(initialLanguage);
  const changeLanguage = useCallback((next: LanguageCode) => {
    saveLanguage(next);
    setLanguage(next);
  }, []);
  return (
    <LanguageContext value={language}>
      <ActionsProvider value={view.actions}>
        <ChatPage view={view} language={language} onLanguage={changeLanguage} />
      </ActionsProvider>
    </LanguageContext>
  );
}
