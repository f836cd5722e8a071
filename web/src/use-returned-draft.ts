// The text in the box, one for each conversation. A message that the model never saw comes back into it, unless
// the reader has begun another: what was written is never lost.

import { useCallback, useEffect, useRef, useState } from 'react';
import { type ChatState, isUnheard, type Turn } from './chat-state.ts';

export function useReturnedDraft(chat: ChatState) {
  const key = chat.born;
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const returned = useRef(new Set<string>());
  const draft = drafts[key] ?? '';
  const setDraft = useCallback(
    (text: string) => setDrafts((current) => ({ ...current, [key]: text })),
    [key],
  );
  const text = returnedText(chat);
  const occasion = text && `${key} ${text.turn}`;
  useEffect(() => {
    if (!text || !occasion || returned.current.has(occasion)) return;
    returned.current.add(occasion);
    setDrafts((current) => ({ ...current, [key]: current[key] || text.text }));
  }, [text, occasion, key]);
  return [draft, setDraft] as const;
}

function returnedText({ turns, refused }: ChatState): { text: string; turn: number } | undefined {
  if (refused?.text) return refused;
  const last = turns.at(-1);
  return last && comesBack(last) ? { text: last.question, turn: last.id } : undefined;
}

function comesBack(turn: Turn): boolean {
  // A message that is only answered again is still there.
  if (turn.userId !== undefined) return false;
  return isUnheard(turn) || (turn.phase === 'lost' && turn.answer === '');
}
