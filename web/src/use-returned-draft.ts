// The text in the box. A message that the server did not take comes back into it, unless the reader has
// begun another: what was written is never lost.

import { useEffect, useRef, useState } from 'react';
import type { Turn } from './chat-state.ts';

export function useReturnedDraft(turns: readonly Turn[]) {
  const [draft, setDraft] = useState('');
  const returned = useRef(0);
  const last = turns.at(-1);
  const refused = last && isRefused(last) ? last : undefined;
  useEffect(() => {
    if (!refused || refused.id <= returned.current) return;
    returned.current = refused.id;
    setDraft((current) => current || refused.question);
  }, [refused]);
  return [draft, setDraft] as const;
}

/** The model has not seen the message. */
function isRefused(turn: Turn): boolean {
  return (turn.phase === 'failed' || turn.phase === 'lost') && turn.answer === '';
}
