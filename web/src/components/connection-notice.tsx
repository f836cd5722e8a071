// Says that the server is out of reach, what that means for the conversation, and lets the reader try again.

import type { ChatState } from '../chat-state.ts';
import { useTexts } from '../language.ts';

interface ConnectionNoticeProps {
  readonly state: ChatState;
  onRetry(): void;
}

export function ConnectionNotice({ state, onRetry }: ConnectionNoticeProps) {
  const texts = useTexts();
  if (state.connection !== 'lost') return null;
  return (
    <div className="notice">
      <p>
        {texts.connectionLost} {state.turns.length > 0 && texts.conversationLost}
      </p>
      <button type="button" className="quiet-button" onClick={onRetry}>
        {texts.retryNow}
      </button>
    </div>
  );
}
