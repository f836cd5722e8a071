// The notice that the server is unreachable or requires a key. It states the consequence for the conversation, and has a
// button to reconnect or to enter the key.

import { type ChatState, runningTurn } from '../state/chat-state.ts';
import { useTexts } from '../texts/language.ts';

interface ConnectionNoticeProps {
  readonly state: ChatState;
  /** the server requires a key, or rejected the current one */
  readonly keyNeeded: boolean;
  onEnterApiKey(): void;
  onRetry(): void;
}

export function ConnectionNotice({ state, keyNeeded, onEnterApiKey, onRetry }: ConnectionNoticeProps) {
  const texts = useTexts();
  if (keyNeeded) {
    return (
      <div className="notice">
        <p>{texts.settings.keyNeeded}</p>
        <button type="button" className="quiet-button" onClick={onEnterApiKey}>
          {texts.settings.enterKey}
        </button>
      </div>
    );
  }
  if (state.connection !== 'lost') return null;
  const note = runningTurn(state) ? texts.answerMayContinue : texts.conversationsSaved;
  return (
    <div className="notice">
      <p>
        {texts.connectionLost} {state.turns.length > 0 && (state.persistent ? note : texts.conversationLost)}
      </p>
      <button type="button" className="quiet-button" onClick={onRetry}>
        {texts.retryNow}
      </button>
    </div>
  );
}
