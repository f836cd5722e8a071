// The notice that the context is full. It states how many tokens are used, and offers the ways to continue.

import type { FullContext } from '../state/chat-state.ts';
import { useTexts } from '../texts/language.ts';

interface ContextNoticeProps {
  readonly fullContext: FullContext;
  onNew(): void;
  /** absent if dropping messages would not help */
  readonly onTruncate: (() => void) | undefined;
}

export function ContextNotice({ fullContext, onNew, onTruncate }: ContextNoticeProps) {
  const texts = useTexts();
  const format = fullContext.rejected ? texts.contextExceeded : texts.contextFull;
  return (
    <div className="notice notice-context">
      <p>{format(fullContext.used, fullContext.length)}</p>
      {onTruncate && (
        <button type="button" className="quiet-button" onClick={onTruncate}>
          {texts.dropOldest}
        </button>
      )}
      <button type="button" className="solid-button" onClick={onNew}>
        {texts.newConversation}
      </button>
    </div>
  );
}
