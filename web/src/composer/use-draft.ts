// The unsent text of each conversation. A message that the server discarded is put back into the field, unless the user has
// already written another text, so that no text is lost.

import { useCallback, useEffect, useRef, useState } from 'react';
import { type ChatState, isDiscarded } from '../state/chat-state.ts';
import { type Drafts, NEW_DRAFT_KEY } from '../state/drafts.ts';
import type { Turn } from '../state/turn.ts';

export interface DraftControl {
  readonly draft: string;
  setDraft(text: string): void;
  /** moves the text to the conversation with this `initialKey` */
  moveDraft(initialKey: string): void;
}

export function useDraft(chat: ChatState, drafts: Drafts): DraftControl {
  const key = chat.initialKey;
  const conversation = chat.id ?? NEW_DRAFT_KEY;
  const [textByKey, setTextByKey] = useState<Readonly<Record<string, string>>>({});
  const restored = useRef(new Set<string>());
  const draft = textByKey[key] ?? drafts.get(conversation);
  useSavedDraft(drafts, key, conversation, draft);
  const setDraft = useCallback((text: string) => setTextByKey((texts) => ({ ...texts, [key]: text })), [key]);
  const moveDraft = useCallback(
    (initialKey: string) =>
      setTextByKey((texts) => ({ ...texts, [key]: '', [initialKey]: texts[initialKey] || draft })),
    [key, draft],
  );
  const text = textToRestore(chat);
  const restoreKey = text && `${key} ${text.turn}`;
  useEffect(() => {
    if (!text || !restoreKey || restored.current.has(restoreKey)) return;
    restored.current.add(restoreKey);
    setTextByKey((texts) => ({ ...texts, [key]: texts[key] || drafts.get(conversation) || text.text }));
  }, [text, restoreKey, key, conversation, drafts]);
  return { draft, setDraft, moveDraft };
}

/** Saves the draft, and moves it when the conversation gets or loses its id. */
function useSavedDraft(drafts: Drafts, key: string, conversation: string, draft: string): void {
  const savedIds = useRef(new Map<string, string>());
  useEffect(() => {
    const previous = savedIds.current.get(key);
    if (previous !== undefined && previous !== conversation) drafts.set(previous, '');
    savedIds.current.set(key, conversation);
    drafts.set(conversation, draft);
  }, [drafts, key, conversation, draft]);
}

function textToRestore({ turns, rejection }: ChatState): { text: string; turn: number } | undefined {
  if (rejection?.text) return rejection;
  const lastTurn = turns.at(-1);
  return lastTurn && isRestorable(lastTurn) ? { text: lastTurn.question, turn: lastTurn.id } : undefined;
}

function isRestorable(turn: Turn): boolean {
  // A regenerated message is still on the page.
  if (turn.userId !== undefined) return false;
  return isDiscarded(turn) || (turn.phase === 'lost' && turn.answer === '');
}
