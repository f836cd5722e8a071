// The page as a whole: who the model is on top, the conversation in the middle, the box to write in below.

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { fullContext, latestUsage, runningTurn } from './chat-state.ts';
import { Announcer } from './components/announcer.tsx';
import { Composer } from './components/composer.tsx';
import { ConnectionNotice } from './components/connection-notice.tsx';
import { ContextMeter } from './components/context-meter.tsx';
import { ContextNotice } from './components/context-notice.tsx';
import { EmptyPage } from './components/empty-page.tsx';
import { Header } from './components/header.tsx';
import { ArrowDownIcon } from './components/icons.tsx';
import { TurnList } from './components/turn-list.tsx';
import { type LanguageCode, LanguageContext, rememberLanguage, startLanguage, useTexts } from './language.ts';
import { useServerInfo } from './server-info.ts';
import { nextSuggestion, STARTERS } from './starters.ts';
import { useChat } from './use-chat.ts';
import { useReturnedDraft } from './use-returned-draft.ts';
import { useStickToEnd } from './use-stick-to-end.ts';

export function App() {
  const [language, setLanguage] = useState(startLanguage);
  const change = useCallback((next: LanguageCode) => {
    rememberLanguage(next);
    setLanguage(next);
  }, []);
  return (
    <LanguageContext value={language}>
      <ChatPage language={language} onLanguage={change} />
    </LanguageContext>
  );
}

interface ChatPageProps {
  readonly language: LanguageCode;
  onLanguage(language: LanguageCode): void;
}

function ChatPage({ language, onLanguage }: ChatPageProps) {
  const texts = useTexts();
  const chat = useChat();
  const { state } = chat;
  const server = useServerInfo(state.connection === 'open');
  const [draft, setDraft] = useReturnedDraft(state.turns);
  const input = useRef<HTMLTextAreaElement>(null);
  const { scroller, content, atEnd, stick } = useStickToEnd(state.turns.length > 0);
  useEffect(() => {
    document.documentElement.lang = texts.htmlLang;
  }, [texts]);

  const send = (text: string): boolean => {
    const sent = chat.send(text);
    if (sent) stick();
    return sent;
  };
  const begin = (text: string): void => {
    if (!send(text)) setDraft(text);
    focusWithoutKeyboard(input);
  };
  const reset = (): void => {
    chat.reset();
    focusWithoutKeyboard(input);
  };

  const running = runningTurn(state);
  const full = fullContext(state);
  const usage = latestUsage(state);
  const contextLength = usage?.contextLength ?? (server.kind === 'ready' ? server.info.contextLength : 0);
  const suggestion = nextSuggestion(state.turns.slice(state.forgotten), STARTERS[language]);

  return (
    <div className="page">
      <Header
        server={server}
        language={language}
        onLanguage={onLanguage}
        onReset={state.turns.length > 0 ? reset : undefined}
      />
      <main className="scroller" ref={scroller}>
        <div className="column" ref={content}>
          {state.turns.length === 0 ? (
            <EmptyPage starters={STARTERS[language]} onPick={begin} />
          ) : (
            <TurnList
              state={state}
              suggestion={suggestion}
              onSuggestion={begin}
              waiting={server.kind === 'loading'}
            />
          )}
          {full && <ContextNotice full={full} onReset={reset} />}
        </div>
      </main>
      <footer className="foot">
        <div className="column">
          {!atEnd && (
            <button
              type="button"
              className="to-end"
              onClick={stick}
              aria-label={texts.toEnd}
              title={texts.toEnd}
            >
              <ArrowDownIcon />
            </button>
          )}
          <ConnectionNotice state={state} onRetry={chat.retryNow} />
          <Composer
            input={input}
            draft={draft}
            onDraft={setDraft}
            onSend={send}
            onStop={chat.stop}
            running={running}
            connected={state.connection === 'open'}
          />
          <ContextMeter used={usage?.contextUsed ?? 0} length={contextLength} />
        </div>
      </footer>
      <Announcer state={state} />
    </div>
  );
}

/** On a touch screen focus would open the keyboard over what was just asked for. */
function focusWithoutKeyboard(input: RefObject<HTMLTextAreaElement | null>): void {
  if (!window.matchMedia('(pointer: coarse)').matches) input.current?.focus();
}
