// Says that the conversation has reached the context, with both numbers, and offers the way on.

import type { FullContext } from '../chat-state.ts';
import { useTexts } from '../language.ts';

interface ContextNoticeProps {
  readonly full: FullContext;
  onReset(): void;
}

export function ContextNotice({ full, onReset }: ContextNoticeProps) {
  const texts = useTexts();
  const say = full.refused ? texts.contextRefused : texts.contextFull;
  return (
    <div className="notice notice-context">
      <p>{say(full.used, full.length)}</p>
      <button type="button" className="solid-button" onClick={onReset}>
        {texts.newConversation}
      </button>
    </div>
  );
}
