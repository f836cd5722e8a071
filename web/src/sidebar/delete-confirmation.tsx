// Asks for confirmation in the row of a conversation before it is deleted. The cancel button has the focus.

import { useEffect, useRef } from 'react';
import { useTexts } from '../texts/language.ts';

interface DeleteConfirmationProps {
  readonly title: string;
  onDelete(): void;
  onCancel(): void;
}

export function DeleteConfirmation({ title, onDelete, onCancel }: DeleteConfirmationProps) {
  const texts = useTexts();
  const cancelButton = useRef<HTMLButtonElement>(null);
  useEffect(() => cancelButton.current?.focus(), []);
  return (
    <fieldset
      className="delete-question"
      aria-label={`${texts.sidebar.confirmRemove} ${title}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onCancel();
      }}
    >
      <p>
        {texts.sidebar.confirmRemove} <span dir="auto">{title}</span>
      </p>
      <button type="button" className="danger-button" onClick={onDelete}>
        {texts.sidebar.remove}
      </button>
      <button type="button" className="quiet-button" ref={cancelButton} onClick={onCancel}>
        {texts.sidebar.cancelRemove}
      </button>
    </fieldset>
  );
}
