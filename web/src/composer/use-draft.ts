// The text in the box, one for each conversation. A message that the model never saw comes back into it, unless
// the reader has begun another: what was written is never lost.

import { useCallback, useEffect, useRef, useState } from 'react';

import { type ChatState, isUnheard } from '../state/chat-state.ts';

import { type Drafts, NEW_DRAFT } from '../state/drafts.ts';
import type { Turn } from '../state/turn.ts';

export interface DraftBox {
  readonly draft: string;
  setDraft(text: string): void;
  /** Gives the text to another conversation, by what that was called first on this page. */
  moveDraft(born: string): void;
}

export function useReturnedDraft(chat: ChatState, drafts: Drafts): DraftBox {
  const key = chat.born;
  const place = chat.id ?? NEW_DRAFT;
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const returned = useRef(new Set<string>());
  const draft = texts[key] ?? drafts.get(place);
  useKeptDraft(drafts, key, place, draft);
  const setDraft = useCallback((text: string) => setTexts((all) => ({ ...all, [key]: text })), [key]);
  const moveDraft = useCallback(
    (born: string) => setTexts((all) => ({ ...all, [key]: '', [born]: all[born] || draft })),
    [key, draft],
  );
  const text = returnedText(chat);
  const occasion = text && `${key} ${text.turn}`;
  useEffect(() => {
    if (!text || !occasion || returned.current.has(occasion)) return;
    returned.current.add(occasion);
    setTexts((all) => ({ ...all, [key]: all[key] || drafts.get(place) || text.text }));
  }, [text, occasion, key, place, drafts]);
  return { draft, setDraft, moveDraft };
}

/** A draft follows its conversation when that gets its id, or loses it again. */
function useKeptDraft(drafts: Drafts, key: string, place: string, draft: string): void {
  const places = useRef(new Map<string, string>());
  useEffect(() => {
    const before = places.current.get(key);
    if (before !== undefined && before !== place) drafts.set(before, '');
    places.current.set(key, place);
    drafts.set(place, draft);
  }, [drafts, key, place, draft]);
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
