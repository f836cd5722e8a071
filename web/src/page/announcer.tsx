// Announces to screen readers the complete answer (not each piece of it) and errors.

import { type ChatState, fullContextOf, isDiscarded } from '../state/chat-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import type { Texts } from '../texts/texts.ts';

export function Announcer({ state }: { readonly state: ChatState }) {
  const texts = useTexts();
  const message = announcement(state, texts);
  return (
    <div className="visually-hidden" role="status" aria-live="polite" lang={languageOf(message)}>
      {message}
    </div>
  );
}

function announcement(state: ChatState, texts: Texts): string {
  if (state.connection === 'lost') return texts.connectionLost;
  const fullContext = fullContextOf(state);
  const last = state.turns.at(-1);
  const contextNote =
    fullContext &&
    (fullContext.rejected ? texts.contextExceeded : texts.contextFull)(fullContext.used, fullContext.length);
  if (last?.phase === 'failed')
    return contextNote ?? texts.errors[last.error?.code ?? ''] ?? last.error?.message ?? '';
  // Only answers generated while the page is open are announced.
  if (last?.phase !== 'done' || !last.live) return '';
  const ending =
    last.finishReason === 'cancelled'
      ? isDiscarded(last)
        ? texts.stoppedBeforeAnswer
        : texts.stopped
      : contextNote;
  return [last.answer, ending].filter(Boolean).join(' ');
}
