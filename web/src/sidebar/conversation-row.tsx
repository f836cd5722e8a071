// One conversation in the list: a link to it, and a menu for what else can be done with it. Renaming and the
// question before deleting take the place of the row.

import { useRef, useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import { hasLetters, type Topic } from '../api/stored-conversation.ts';
import { addressOf } from '../browser/address.ts';
import { inBackground } from '../browser/in-background.ts';
import { MoreIcon } from '../components/icons.tsx';
import { PopupMenu } from '../components/popup-menu.tsx';
import { languageOf, useTexts } from '../texts/language.ts';
import { DeleteQuestion } from './delete-confirmation.tsx';
import { TitleEditor } from './title-editor.tsx';

interface TopicRowProps {
  readonly topic: Topic;
  readonly current: boolean;
  readonly running: boolean;
  onChosen(): void;
}

export function TopicRow({ topic, current, running, onChosen }: TopicRowProps) {
  const texts = useTexts();
  const actions = useActions();
  const [doing, setDoing] = useState<'renaming' | 'deleting'>();
  const row = useRef<HTMLLIElement>(null);
  const title = hasLetters(topic.title) ? topic.title : texts.topics.untitled;
  const done = (): void => {
    setDoing(undefined);
    // The link is there again only after React has drawn it.
    requestAnimationFrame(() => row.current?.querySelector('a')?.focus());
  };
  const remove = async (): Promise<void> => {
    const bar = row.current?.closest('.side');
    if (await actions.remove(topic.id)) bar?.querySelector<HTMLElement>('.side-new')?.focus();
    else done();
  };
  if (doing === 'renaming') {
    return (
      <li className="topic" ref={row}>
        <TitleEditor
          title={topic.title}
          onSave={(text) => inBackground(actions.rename(topic.id, text).then(done))}
          onCancel={done}
        />
      </li>
    );
  }
  if (doing === 'deleting') {
    return (
      <li className="topic" ref={row}>
        <DeleteQuestion title={title} onDelete={() => inBackground(remove())} onKeep={done} />
      </li>
    );
  }
  return (
    <li className="topic" ref={row} data-current={current}>
      <a
        href={addressOf(topic.id)}
        aria-current={current ? 'page' : undefined}
        title={title}
        lang={languageOf(title)}
        onClick={onChosen}
      >
        <span className="topic-title" dir="auto">
          {title}
        </span>
        {running && (
          <span className="topic-dot" title={texts.topics.running}>
            <span className="visually-hidden">{texts.topics.running}</span>
          </span>
        )}
      </a>
      <PopupMenu
        label={texts.topics.actionsFor(title)}
        icon={<MoreIcon />}
        items={[
          { name: texts.topics.rename, act: () => setDoing('renaming') },
          { name: texts.topics.fork, act: () => inBackground(actions.fork(topic.id)) },
          {
            name: texts.topics.exportMarkdown,
            act: () => inBackground(actions.exportFile(topic.id, title, 'markdown')),
          },
          {
            name: texts.topics.exportJson,
            act: () => inBackground(actions.exportFile(topic.id, title, 'json')),
          },
          { name: texts.topics.remove, act: () => setDoing('deleting'), harmful: true },
        ]}
      />
    </li>
  );
}
