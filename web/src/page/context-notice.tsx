// Says that the conversation has reached the context, with both numbers, and offers the ways on.

import type { FullContext } from '../state/chat-state.ts';
import { useTexts } from '../texts/language.ts';

interface ContextNoticeProps {
  readonly full: FullContext;
  onReset(): void;
  /** absent where the conversation cannot go on with less */
  readonly onTruncate: (() => void) | undefined;
}

export function ContextNotice({ full, onReset, onTruncate }: ContextNoticeProps) {
  const texts = useTexts();
  const say = full.refused ? texts.contextRefused : texts.contextFull;
  return (
    <div className="notice notice-context">
      <p>{say(full.used, full.length)}</p>
      {onTruncate && (
        <button type="button" className="quiet-button" onClick={onTruncate}>
          {texts.goOnWithoutOldest}
        </button>
      )}
      <button type="button" className="solid-button" onClick={onReset}>
        {texts.newConversation}
      </button>
    </div>
  );
}
