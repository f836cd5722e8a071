// Edits a sent message in its row. The keyboard shortcuts are those of the composer.

import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTouchScreen } from '../browser/touch-screen.ts';
import { shouldSendMessage } from '../composer/enter-key.ts';
import { languageOf, useTexts } from '../texts/language.ts';

interface MessageEditorProps {
  readonly text: string;
  /** whether an answer is running, so that another turn cannot start */
  readonly busy: boolean;
  onSave(text: string): void;
  onCancel(): void;
}

export function MessageEditor({ text, busy, onSave, onCancel }: MessageEditorProps) {
  const { messageTexts: texts } = useTexts();
  const [draft, setDraft] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(text.length, text.length);
  }, [text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text in the field
  useLayoutEffect(() => {
    if (!field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [draft]);
  const canSave = draft.trim() !== '' && !busy;
  const save = (): void => {
    if (canSave) onSave(draft.trim());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onCancel();
    } else if (shouldSendMessage(event.nativeEvent, composing.current, isTouchScreen())) {
      event.preventDefault();
      save();
    }
  };
  return (
    <form
      className="editor"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={draft}
        lang={languageOf(draft)}
        dir="auto"
        aria-label={texts.editLabel}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
        }}
      />
      <div className="row">
        <button type="button" className="quiet-button" onClick={onCancel}>
          {texts.cancelEdit}
        </button>
        <button type="submit" className="solid-button" disabled={!canSave}>
          {texts.saveEdit}
        </button>
      </div>
    </form>
  );
}
