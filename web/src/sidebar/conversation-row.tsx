// One conversation in the list: a link to it, and a menu of other actions. The title editor and the confirmation of a
// deletion replace the row.

import { useRef, useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import { type ConversationSummary, hasVisibleCharacters } from '../api/stored-conversation.ts';
import { hashOf } from '../browser/address.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { MoreIcon } from '../components/icons.tsx';
import { PopupMenu } from '../components/popup-menu.tsx';
import { languageOf, useTexts } from '../texts/language.ts';
import { DeleteConfirmation } from './delete-confirmation.tsx';
import { TitleEditor } from './title-editor.tsx';

interface ConversationRowProps {
  readonly conversation: ConversationSummary;
  readonly current: boolean;
  readonly running: boolean;
  onSelect(): void;
}

export function ConversationRow({ conversation, current, running, onSelect }: ConversationRowProps) {
  const texts = useTexts();
  const actions = useActions();
  const [mode, setMode] = useState<'renaming' | 'deleting'>();
  const row = useRef<HTMLLIElement>(null);
  const title = hasVisibleCharacters(conversation.title) ? conversation.title : texts.sidebar.untitled;
  const finish = (): void => {
    setMode(undefined);
    // The link exists again only after React has rendered the row.
    requestAnimationFrame(() => row.current?.querySelector('a')?.focus());
  };
  const remove = async (): Promise<void> => {
    const sidebar = row.current?.closest('.side');
    if (await actions.remove(conversation.id)) sidebar?.querySelector<HTMLElement>('.side-new')?.focus();
    else finish();
  };
  if (mode === 'renaming') {
    return (
      <li className="topic" ref={row}>
        <TitleEditor
          title={conversation.title}
          onSave={(text) => runInBackground(actions.rename(conversation.id, text).then(finish))}
          onCancel={finish}
        />
      </li>
    );
  }
  if (mode === 'deleting') {
    return (
      <li className="topic" ref={row}>
        <DeleteConfirmation title={title} onDelete={() => runInBackground(remove())} onCancel={finish} />
      </li>
    );
  }
  return (
    <li className="topic" ref={row} data-current={current}>
      <a
        href={hashOf(conversation.id)}
        aria-current={current ? 'page' : undefined}
        title={title}
        lang={languageOf(title)}
        onClick={onSelect}
      >
        <span className="topic-title" dir="auto">
          {title}
        </span>
        {running && (
          <span className="topic-dot" title={texts.sidebar.running}>
            <span className="visually-hidden">{texts.sidebar.running}</span>
          </span>
        )}
      </a>
      <PopupMenu
        label={texts.sidebar.actionsFor(title)}
        icon={<MoreIcon />}
        items={[
          { label: texts.sidebar.rename, onSelect: () => setMode('renaming') },
          { label: texts.sidebar.duplicate, onSelect: () => runInBackground(actions.fork(conversation.id)) },
          {
            label: texts.sidebar.exportMarkdown,
            onSelect: () => runInBackground(actions.exportFile(conversation.id, title, 'markdown')),
          },
          {
            label: texts.sidebar.exportJson,
            onSelect: () => runInBackground(actions.exportFile(conversation.id, title, 'json')),
          },
          { label: texts.sidebar.remove, onSelect: () => setMode('deleting'), destructive: true },
        ]}
      />
    </li>
  );
}
