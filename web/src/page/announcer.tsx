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
  const lastTurn = state.turns.at(-1);
  const contextNote =
    fullContext &&
    (fullContext.rejected ? texts.contextExceeded : texts.contextFull)(fullContext.used, fullContext.length);
  if (lastTurn?.phase === 'failed')
    return contextNote ?? texts.errors[lastTurn.error?.code ?? ''] ?? lastTurn.error?.message ?? '';
  // Only answers generated while the page is open are announced.
  if (lastTurn?.phase !== 'done' || !lastTurn.live) return '';
  const ending =
    lastTurn.finishReason === 'cancelled'
      ? isDiscarded(lastTurn)
        ? texts.stoppedBeforeAnswer
        : texts.stopped
      : contextNote;
  return [lastTurn.answer, ending].filter(Boolean).join(' ');
}
