// Says that the server is out of reach, what that means for the conversation, and lets the reader try again.

import { type ChatState, runningTurn } from '../state/chat-state.ts';
import { useTexts } from '../texts/language.ts';

interface ConnectionNoticeProps {
  readonly state: ChatState;
  /** the server does not take the key, or asks for one */
  readonly keyNeeded: boolean;
  onKey(): void;
  onRetry(): void;
}

export function ConnectionNotice({ state, keyNeeded, onKey, onRetry }: ConnectionNoticeProps) {
  const texts = useTexts();
  if (keyNeeded) {
    return (
      <div className="notice">
        <p>{texts.settings.keyNeeded}</p>
        <button type="button" className="quiet-button" onClick={onKey}>
          {texts.settings.enterKey}
        </button>
      </div>
    );
  }
  if (state.connection !== 'lost') return null;
  const kept = runningTurn(state) ? texts.answerMayGoOn : texts.conversationsKept;
  return (
    <div className="notice">
      <p>
        {texts.connectionLost} {state.turns.length > 0 && (state.named ? kept : texts.conversationLost)}
      </p>
      <button type="button" className="quiet-button" onClick={onRetry}>
        {texts.retryNow}
      </button>
    </div>
  );
}
