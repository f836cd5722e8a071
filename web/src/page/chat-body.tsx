// What stands in the middle: the conversation, or why there is none to see.

import { useActions } from '../actions/use-page.ts';
import { DEFAULT_LOW_WATER, policyOf } from '../api/stored-conversation.ts';
import { inBackground } from '../browser/in-background.ts';
import type { ChatState, FullContext } from '../state/chat-state.ts';
import { type LanguageCode, useTexts } from '../texts/language.ts';
import { TurnList } from '../turns/turn-list.tsx';
import { ContextNotice } from './context-notice.tsx';
import { EmptyPage } from './empty-page.tsx';
import { nextSuggestion, STARTERS } from './starters.ts';
import { TextModel } from './text-model.tsx';

interface ChatBodyProps {
  readonly chat: ChatState;
  readonly full: FullContext | undefined;
  readonly language: LanguageCode;
  readonly waiting: boolean;
  /** the model only completes text */
  readonly textOnly: boolean;
  onBegin(text: string): void;
  onNew(): void;
  /** the text in the box goes on in a new conversation */
  onMove(): void;
}

export function ChatBody({ chat, full, language, waiting, textOnly, onBegin, onNew, onMove }: ChatBodyProps) {
  const texts = useTexts();
  const actions = useActions();
  const { id, status, stored } = chat;
  if (status === 'loading') return <p className="page-note">{texts.topics.loadingConversation}</p>;
  const gone = status === 'gone';
  if (gone && chat.turns.length === 0) return <p className="page-note">{texts.topics.gone}</p>;
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
  if (chat.turns.length === 0 && textOnly) return <TextModel />;
  if (chat.turns.length === 0) return <EmptyPage starters={STARTERS[language]} onPick={onBegin} />;
  // What does not fit by itself does not fit without the others either.
  const mayTruncate =
    id !== undefined &&
    policyOf(stored.contextPolicy).kind === 'error' &&
    chat.turns.some((turn) => turn.answerId);
  const contextPolicy = { kind: 'truncate', lowWater: DEFAULT_LOW_WATER } as const;
  return (
    <>
      <TurnList
        state={chat}
        suggestion={nextSuggestion(chat.turns.slice(chat.forgotten), STARTERS[language])}
        onSuggestion={onBegin}
        waiting={waiting}
      />
      {gone && (
        <div className="notice notice-context" role="alert">
          <p>{texts.topics.deletedElsewhere}</p>
          <button type="button" className="solid-button" onClick={onMove}>
            {texts.newConversation}
          </button>
        </div>
      )}
      {full && !gone && (
        <ContextNotice
          full={full}
          onReset={onNew}
          onTruncate={mayTruncate ? () => inBackground(actions.change(id, { contextPolicy })) : undefined}
        />
      )}
    </>
  );
}
