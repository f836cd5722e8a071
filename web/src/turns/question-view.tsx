// A user message, with the switch between its versions and the edit button.

import { useRef, useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { IconButton } from '../components/icon-button.tsx';
import { EditIcon } from '../components/icons.tsx';
import type { Siblings } from '../state/branches.ts';
import type { Turn } from '../state/turn.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { BranchSwitch } from './branch-switch.tsx';
import { MessageEditor } from './message-editor.tsx';

interface QuestionViewProps {
  readonly turn: Turn;
  readonly conversation: string | undefined;
  readonly siblings: Siblings | undefined;
  readonly busy: boolean;
}

export function QuestionView({ turn, conversation, siblings, busy }: QuestionViewProps) {
  const texts = useTexts();
  const actions = useActions();
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  const { question, userId } = turn;
  const cancel = (): void => {
    setEditing(false);
    // The button exists again only after React has rendered the row.
    requestAnimationFrame(() => row.current?.querySelector<HTMLElement>('.edit-button')?.focus());
  };
  if (editing && userId !== undefined) {
    const save = (text: string): void => {
      if (text === question || actions.client.edit(userId, text)) setEditing(false);
    };
    return <MessageEditor text={question} busy={busy} onSave={save} onCancel={cancel} />;
  }
  const isStored = userId !== undefined && conversation !== undefined;
  return (
    <div className="question">
      <div className="question-row" ref={row}>
        {isStored && (
          <IconButton
            className="edit-button"
            label={texts.messageTexts.edit}
            disabled={busy}
            onClick={() => setEditing(true)}
          >
            <EditIcon />
          </IconButton>
        )}
        <span className="visually-hidden">{texts.you}: </span>
        <p lang={languageOf(question)} dir="auto">
          {question}
        </p>
      </div>
      {isStored && siblings && (
        <BranchSwitch
          siblings={siblings}
          messageKind="question"
          disabled={busy}
          onSelect={(head) => runInBackground(actions.change(conversation, { head }))}
        />
      )}
    </div>
  );
}
