// The layout of the page: sidebar, header, conversation, composer, and the settings panel over them.

import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { PageView } from '../actions/use-page.ts';
import { modelInfoFor, selectableModels, useServerInfo } from '../api/server-info.ts';
import { hasVisibleCharacters } from '../api/stored-conversation.ts';
import { isTouchScreen } from '../browser/touch-screen.ts';
import { ArrowDownIcon } from '../components/icons.tsx';
import { Composer } from '../composer/composer.tsx';
import { useDraft } from '../composer/use-draft.ts';
import { SettingsPanel } from '../settings/settings-panel.tsx';
import { Sidebar } from '../sidebar/sidebar.tsx';
import { useSidebar } from '../sidebar/use-sidebar.ts';
import { fullContextOf, lastEndedKey, latestUsage, runningTurn } from '../state/chat-state.ts';
import { currentChat, runningChatKeys } from '../state/page-state.ts';
import { type LanguageCode, useTexts } from '../texts/language.ts';
import { useStickToBottom } from '../turns/use-stick-to-bottom.ts';
import { Announcer } from './announcer.tsx';
import { ChatBody } from './chat-body.tsx';
import { ConnectionNotice } from './connection-notice.tsx';
import { ContextMeter } from './context-meter.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { Header } from './header.tsx';
import { useFocusFallback } from './use-focus-fallback.ts';

interface ChatPageProps {
  readonly view: PageView;
  readonly language: LanguageCode;
  onLanguage(language: LanguageCode): void;
}

export function ChatPage({ view, language, onLanguage }: ChatPageProps) {
  const texts = useTexts();
  const { actions, page, conversations } = view;
  const chat = currentChat(page);
  const { draft, setDraft, moveDraft } = useDraft(chat, actions.drafts);
  const [panel, openPanel, closePanel] = usePanel(page.keyNeeded);
  const server = useServerInfo(page.connection === 'open', `${lastEndedKey(chat)} ${panel}`);
  const sidebar = useSidebar();
  const input = useRef<HTMLTextAreaElement>(null);
  const { scroller, content, atBottom, scrollToBottom } = useStickToBottom(chat.turns.length > 0);
  const runningConversations = useMemo(() => runningChatKeys(page), [page]);
  useFocusFallback(content, chat.turns, () => focusWithoutKeyboard(input));
  useDocumentTitle(texts.htmlLang, chat.stored.title, texts.title);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of a conversation is shown when it is opened
  useEffect(scrollToBottom, [chat.initialKey, scrollToBottom]);

  const send = (text: string): boolean => {
    const wasSent = actions.client.send(text);
    if (wasSent) scrollToBottom();
    return wasSent;
  };
  const sendText = (text: string): void => {
    if (!send(text)) setDraft(text);
    focusWithoutKeyboard(input);
  };
  const startNew = (withDraft = false): void => {
    actions.startNew();
    if (withDraft) moveDraft(currentChat(actions.client.store.get()).initialKey);
    sidebar.closeDrawer();
    focusWithoutKeyboard(input);
  };

  const model =
    (chat.id === undefined ? page.settings.newConversations.model : chat.stored.model) ?? undefined;
  const info = server.kind === 'ready' ? modelInfoFor(server.info, model) : undefined;
  const textOnly = info?.chatTemplate === false;
  const storesConversations = page.mode === 'stored';
  const usage = latestUsage(chat);
  const isEmpty = chat.turns.length === 0 && chat.id === undefined;
  const drawerOpen = storesConversations && sidebar.open && sidebar.narrow;
  return (
    <div className="shell">
      {storesConversations && (
        <Sidebar
          sidebar={sidebar}
          onNew={() => startNew()}
          list={conversations}
          current={page.current}
          running={runningConversations}
          onSelect={sidebar.closeDrawer}
        />
      )}
      <div className="page" inert={drawerOpen}>
        <Header
          server={server}
          model={model}
          language={language}
          onLanguage={onLanguage}
          onNew={isEmpty || (storesConversations && sidebar.open) ? undefined : () => startNew()}
          sidebar={storesConversations ? sidebar : undefined}
          onSettings={storesConversations || page.keyNeeded ? openPanel : undefined}
        />
        <main className="scroller" ref={scroller}>
          <div className="column" ref={content}>
            <ChatBody
              key={chat.initialKey}
              chat={chat}
              fullContext={fullContextOf(chat)}
              language={language}
              modelLoading={server.kind === 'loading'}
              textOnly={textOnly}
              onSend={sendText}
              onNew={() => startNew()}
              onMoveDraft={() => startNew(true)}
            />
          </div>
        </main>
        <footer className="foot">
          <div className="column">
            {!atBottom && (
              <button
                type="button"
                className="to-end"
                onClick={scrollToBottom}
                aria-label={texts.scrollToBottom}
                title={texts.scrollToBottom}
              >
                <ArrowDownIcon />
              </button>
            )}
            <ConnectionNotice
              state={chat}
              keyNeeded={page.keyNeeded}
              onEnterApiKey={openPanel}
              onRetry={() => actions.retryNow()}
            />
            <ErrorNotice chat={chat} error={page.error} onDismiss={() => actions.dismissError()} />
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
              onStop={() => actions.client.stop()}
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
          models={selectableModels(server)}
          chat={chat}
          settings={page.settings}
          keyNeeded={page.keyNeeded}
          stored={storesConversations}
          onClose={closePanel}
        />
      )}
    </div>
  );
}

/** Opens the settings panel when the server requires a key, and closes it when the server has accepted a key. */
function usePanel(keyNeeded: boolean): readonly [boolean, () => void, () => void] {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(keyNeeded), [keyNeeded]);
  return [open, useCallback(() => setOpen(true), []), useCallback(() => setOpen(false), [])];
}

function useDocumentTitle(language: string, conversation: string, page: string): void {
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = hasVisibleCharacters(conversation) ? `${conversation} · ${page}` : page;
  }, [language, conversation, page]);
}

/** Focuses the field, but not on a touch screen, where the keyboard would open and cover the conversation. */
function focusWithoutKeyboard(input: RefObject<HTMLTextAreaElement | null>): void {
  if (!isTouchScreen()) input.current?.focus();
}
