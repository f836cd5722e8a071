// The text in the box. A message that the model never saw comes back into it, unless the reader has
// begun another: what was written is never lost.

import { useEffect, useRef, useState } from 'react';
import { isUnheard, type Turn } from './chat-state.ts';

export function useReturnedDraft(turns: readonly Turn[]) {
  const [draft, setDraft] = useState('');
  const returned = useRef(0);
  const last = turns.at(-1);
  const unheard = last && comesBack(last) ? last : undefined;
  useEffect(() => {
    if (!unheard || unheard.id <= returned.current) return;
    returned.current = unheard.id;
    setDraft((current) => current || unheard.question);
  }, [unheard]);
  return [draft, setDraft] as const;
}

function comesBack(turn: Turn): boolean {
  return isUnheard(turn) || (turn.phase === 'lost' && turn.answer === '');
}
