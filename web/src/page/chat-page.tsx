// The page as a whole: the conversations at the side, who the model is on top, the conversation in the middle, the
// box to write in below, and the settings over them.

import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { PageView } from '../actions/use-page.ts';
import { infoOf, modelsOf, useServerInfo } from '../api/server-info.ts';
import { hasLetters } from '../api/stored-conversation.ts';
import { byTouch } from '../browser/touch-screen.ts';
import { ArrowDownIcon } from '../components/icons.tsx';
import { Composer } from '../composer/composer.tsx';
import { useReturnedDraft } from '../composer/use-draft.ts';
import { SettingsPanel } from '../settings/settings-panel.tsx';
import { SideBar } from '../sidebar/sidebar.tsx';
import { useSideBar } from '../sidebar/use-sidebar.ts';
import { fullContext, lastEnded, latestUsage, runningTurn } from '../state/chat-state.ts';
import { currentChat, runningIds } from '../state/page-state.ts';
import { type LanguageCode, useTexts } from '../texts/language.ts';
import { useStickToEnd } from '../turns/use-stick-to-end.ts';
import { Announcer } from './announcer.tsx';
import { ChatBody } from './chat-body.tsx';
import { ConnectionNotice } from './connection-notice.tsx';
import { ContextMeter } from './context-meter.tsx';
import { TroubleNotice } from './error-notice.tsx';
import { Header } from './header.tsx';
import { useKeptFocus } from './use-kept-focus.ts';

interface ChatPageProps {
  readonly view: PageView;
  readonly language: LanguageCode;
  onLanguage(language: LanguageCode): void;
}

export function ChatPage({ view, language, onLanguage }: ChatPageProps) {
  const texts = useTexts();
  const { actions, page, topics } = view;
  const chat = currentChat(page);
  const { draft, setDraft, moveDraft } = useReturnedDraft(chat, actions.drafts);
  const [panel, openPanel, closePanel] = usePanel(page.keyNeeded);
  const server = useServerInfo(page.connection === 'open', `${lastEnded(chat)} ${panel}`);
  const bar = useSideBar();
  const input = useRef<HTMLTextAreaElement>(null);
  const { scroller, content, atEnd, stick } = useStickToEnd(chat.turns.length > 0);
  const running = useMemo(() => runningIds(page), [page]);
  useKeptFocus(content, chat.turns, () => focusWithoutKeyboard(input));
  useDocumentNames(texts.htmlLang, chat.stored.title, texts.title);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is shown from its end
  useEffect(stick, [chat.born, stick]);

  const send = (text: string): boolean => {
    const sent = actions.session.send(text);
    if (sent) stick();
    return sent;
  };
  const begin = (text: string): void => {
    if (!send(text)) setDraft(text);
    focusWithoutKeyboard(input);
  };
  const startNew = (withDraft = false): void => {
    actions.startNew();
    if (withDraft) moveDraft(currentChat(actions.session.store.get()).born);
    bar.closeDrawer();
    focusWithoutKeyboard(input);
  };

  const model =
    (chat.id === undefined ? page.settings.newConversations.model : chat.stored.model) ?? undefined;
  const info = server.kind === 'ready' ? infoOf(server.info, model) : undefined;
  const textOnly = info?.chatTemplate === false;
  const keeps = page.mode === 'topics';
  const usage = latestUsage(chat);
  const empty = chat.turns.length === 0 && chat.id === undefined;
  const drawn = keeps && bar.open && bar.narrow;
  return (
    <div className="shell">
      {keeps && (
        <SideBar
          bar={bar}
          onNew={() => startNew()}
          topics={topics}
          current={page.current}
          running={running}
          onChosen={bar.closeDrawer}
        />
      )}
      <div className="page" inert={drawn}>
        <Header
          server={server}
          model={model}
          language={language}
          onLanguage={onLanguage}
          onNew={empty || (keeps && bar.open) ? undefined : () => startNew()}
          bar={keeps ? bar : undefined}
          onSettings={keeps || page.keyNeeded ? openPanel : undefined}
        />
        <main className="scroller" ref={scroller}>
          <div className="column" ref={content}>
            <ChatBody
              key={chat.born}
              chat={chat}
              full={fullContext(chat)}
              language={language}
              waiting={server.kind === 'loading'}
              textOnly={textOnly}
              onBegin={begin}
              onNew={() => startNew()}
              onMove={() => startNew(true)}
            />
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
            <ConnectionNotice
              state={chat}
              keyNeeded={page.keyNeeded}
              onKey={openPanel}
              onRetry={() => actions.retryNow()}
            />
            <TroubleNotice chat={chat} trouble={page.trouble} onDismiss={() => actions.forgetTrouble()} />
            {textOnly && chat.turns.length > 0 && (
              <div className="notice">
                <p>{texts.errors.no_chat_template}</p>
              </div>
            )}
            <Composer
              input={input}
              draft={draft}
              onDraft={setDraft}
              onSend={send}
              onStop={() => actions.session.stop()}
              running={runningTurn(chat)}
              connected={page.connection !== 'lost' && chat.status === 'ready' && !textOnly}
            />
            <ContextMeter
              used={usage?.contextUsed ?? 0}
              length={usage?.contextLength || (info?.contextLength ?? 0)}
            />
          </div>
        </footer>
      </div>
      <Announcer state={chat} />
      {panel && (
        <SettingsPanel
          models={modelsOf(server)}
          chat={chat}
          settings={page.settings}
          keyNeeded={page.keyNeeded}
          keeps={keeps}
          onClose={closePanel}
        />
      )}
    </div>
  );
}

/** The panel opens by itself when the server asks for a key, and closes when it has taken one. */
function usePanel(keyNeeded: boolean): readonly [boolean, () => void, () => void] {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(keyNeeded), [keyNeeded]);
  return [open, useCallback(() => setOpen(true), []), useCallback(() => setOpen(false), [])];
}

function useDocumentNames(language: string, conversation: string, page: string): void {
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = hasLetters(conversation) ? `${conversation} · ${page}` : page;
  }, [language, conversation, page]);
}

/** On a touch screen focus would open the keyboard over what was just asked for. */
function focusWithoutKeyboard(input: RefObject<HTMLTextAreaElement | null>): void {
  if (!byTouch()) input.current?.focus();
}
