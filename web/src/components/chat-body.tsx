// What stands in the middle: the conversation, or why there is none to see.

import type { ChatState, FullContext } from '../chat-state.ts';
import { inBackground } from '../in-background.ts';
import { type LanguageCode, useTexts } from '../language.ts';
import { nextSuggestion, STARTERS } from '../starters.ts';
import { DEFAULT_LOW_WATER, policyOf } from '../stored.ts';
import { useActions } from '../use-page.ts';
import { ContextNotice } from './context-notice.tsx';
import { EmptyPage } from './empty-page.tsx';
import { TurnList } from './turn-list.tsx';

interface ChatBodyProps {
  readonly chat: ChatState;
  readonly full: FullContext | undefined;
  readonly language: LanguageCode;
  readonly waiting: boolean;
  onBegin(text: string): void;
  onNew(): void;
}

export function ChatBody({ chat, full, language, waiting, onBegin, onNew }: ChatBodyProps) {
  const texts = useTexts();
  const actions = useActions();
  const { id, status, stored } = chat;
  if (status === 'loading') return <p className="page-note">{texts.topics.loadingConversation}</p>;
  if (status === 'gone') return <p className="page-note">{texts.topics.gone}</p>;
  if (status === 'failed') {
    return (
      <p className="page-note">
        {texts.topics.unreadable}{' '}
        <button
          type="button"
          className="text-button"
          onClick={() => inBackground(actions.session.read(id ?? ''))}
        >
          {texts.topics.retry}
        </button>
      </p>
    );
  }
  if (chat.turns.length === 0) return <EmptyPage starters={STARTERS[language]} onPick={onBegin} />;
  const mayTruncate = id !== undefined && policyOf(stored.contextPolicy).kind === 'error';
  const contextPolicy = { kind: 'truncate', lowWater: DEFAULT_LOW_WATER } as const;
  return (
    <>
      <TurnList
        state={chat}
        suggestion={nextSuggestion(chat.turns.slice(chat.forgotten), STARTERS[language])}
        onSuggestion={onBegin}
        waiting={waiting}
      />
      {full && (
        <ContextNotice
          full={full}
          onReset={onNew}
          onTruncate={mayTruncate ? () => inBackground(actions.change(id, { contextPolicy })) : undefined}
        />
      )}
    </>
  );
}
