// Edits the title of a conversation in its row. Enter and leaving the field save the title; Escape cancels.

import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { shouldConfirmInput } from '../composer/enter-key.ts';
import { useTexts } from '../texts/language.ts';

const MAX_TITLE_LENGTH = 200;

interface TitleEditorProps {
  readonly title: string;
  onSave(title: string): void;
  onCancel(): void;
}

export function TitleEditor({ title, onSave, onCancel }: TitleEditorProps) {
  const texts = useTexts();
  const [text, setText] = useState(title);
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  const composing = useRef(false);
  useEffect(() => input.current?.select(), []);
  const end = (save: boolean): void => {
    if (ended.current) return;
    ended.current = true;
    const next = text.trim();
    if (save && next && next !== title) onSave(next);
    else onCancel();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      end(false);
    } else if (shouldConfirmInput(event.nativeEvent, composing.current)) {
      event.preventDefault();
      end(true);
    }
  };
  return (
    <input
      ref={input}
      className="topic-input"
      dir="auto"
      value={text}
      maxLength={MAX_TITLE_LENGTH}
      aria-label={texts.sidebar.renameLabel}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => end(true)}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={() => {
        composing.current = false;
      }}
    />
  );
}
