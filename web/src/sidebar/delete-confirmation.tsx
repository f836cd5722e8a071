// Asks before a conversation is deleted, where it stood. The safe answer has the focus.

import { useEffect, useRef } from 'react';
import { useTexts } from '../texts/language.ts';

interface DeleteQuestionProps {
  readonly title: string;
  onDelete(): void;
  onKeep(): void;
}

export function DeleteQuestion({ title, onDelete, onKeep }: DeleteQuestionProps) {
  const texts = useTexts();
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <fieldset
      className="delete-question"
      aria-label={`${texts.topics.removeQuestion} ${title}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onKeep();
      }}
    >
      <p>
        {texts.topics.removeQuestion} <span dir="auto">{title}</span>
      </p>
      <button type="button" className="danger-button" onClick={onDelete}>
        {texts.topics.remove}
      </button>
      <button type="button" className="quiet-button" ref={keep} onClick={onKeep}>
        {texts.topics.keep}
      </button>
    </fieldset>
  );
}
