// Tells readers of screen readers what others see: the whole answer when it is there (not each piece of it),
// and whatever went wrong.

import { type ChatState, fullContext, isUnheard } from '../state/chat-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import type { Texts } from '../texts/texts.ts';

export function Announcer({ state }: { readonly state: ChatState }) {
  const texts = useTexts();
  const said = announcement(state, texts);
  return (
    <div className="visually-hidden" role="status" aria-live="polite" lang={languageOf(said)}>
      {said}
    </div>
  );
}

function announcement(state: ChatState, texts: Texts): string {
  if (state.connection === 'lost') return texts.connectionLost;
  const full = fullContext(state);
  const last = state.turns.at(-1);
  const refused = full && (full.refused ? texts.contextRefused : texts.contextFull)(full.used, full.length);
  if (last?.phase === 'failed')
    return refused ?? texts.errors[last.error?.code ?? ''] ?? last.error?.message ?? '';
  // What was written before is there to be read; only what is new is told.
  if (last?.phase !== 'done' || !last.live) return '';
  const ending =
    last.finishReason === 'cancelled' ? (isUnheard(last) ? texts.stoppedUnheard : texts.stopped) : refused;
  return [last.answer, ending].filter(Boolean).join(' ');
}
