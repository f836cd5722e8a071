// The main area of the page: the conversation, or the reason why none is shown.

import { useActions } from '../actions/use-page.ts';
import { DEFAULT_LOW_WATER, policyOf } from '../api/stored-conversation.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import type { ChatState, FullContext } from '../state/chat-state.ts';
import { type LanguageCode, useTexts } from '../texts/language.ts';
import { TurnList } from '../turns/turn-list.tsx';
import { ContextNotice } from './context-notice.tsx';
import { EmptyPage } from './empty-page.tsx';
import { nextSuggestion, STARTERS } from './starters.ts';
import { TextModel } from './text-model.tsx';

interface ChatBodyProps {
  readonly chat: ChatState;
  readonly fullContext: FullContext | undefined;
  readonly language: LanguageCode;
  readonly modelLoading: boolean;
  /** the model has no chat template and only completes text */
  readonly textOnly: boolean;
  onSend(text: string): void;
  onNew(): void;
  /** moves the unsent text to a new conversation */
  onMoveDraft(): void;
}

export function ChatBody({
  chat,
  fullContext,
  language,
  modelLoading,
  textOnly,
  onSend,
  onNew,
  onMoveDraft,
}: ChatBodyProps) {
  const texts = useTexts();
  const actions = useActions();
  const { id, status, stored } = chat;
  if (status === 'loading') return <p className="page-note">{texts.sidebar.loadingConversation}</p>;
  const isMissing = status === 'missing';
  if (isMissing && chat.turns.length === 0) return <p className="page-note">{texts.sidebar.missing}</p>;
  if (status === 'failed') {
    return (
      <p className="page-note">
        {texts.sidebar.conversationFailed}{' '}
        <button
          type="button"
          className="text-button"
          onClick={() => runInBackground(actions.client.load(id ?? ''))}
        >
          {texts.sidebar.retry}
        </button>
      </p>
    );
  }
  if (chat.turns.length === 0 && textOnly) return <TextModel />;
  if (chat.turns.length === 0) return <EmptyPage starters={STARTERS[language]} onSelect={onSend} />;
  // Dropping messages helps only if there are earlier messages: a single message that is too long still does not fit.
  const canTruncate =
    id !== undefined &&
    policyOf(stored.contextPolicy).kind === 'error' &&
    chat.turns.some((turn) => turn.answerId);
  const contextPolicy = { kind: 'truncate', lowWater: DEFAULT_LOW_WATER } as const;
  return (
    <>
      <TurnList
        state={chat}
        suggestion={nextSuggestion(chat.turns.slice(chat.lostTurns), STARTERS[language])}
        onSuggestion={onSend}
        modelLoading={modelLoading}
      />
      {isMissing && (
        <div className="notice notice-context" role="alert">
          <p>{texts.sidebar.deletedElsewhere}</p>
          <button type="button" className="solid-button" onClick={onMoveDraft}>
            {texts.newConversation}
          </button>
        </div>
      )}
      {fullContext && !isMissing && (
        <ContextNotice
          fullContext={fullContext}
          onNew={onNew}
          onTruncate={canTruncate ? () => runInBackground(actions.change(id, { contextPolicy })) : undefined}
        />
      )}
    </>
  );
}
