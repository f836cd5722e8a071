// The conversation list grouped by age, with its empty, loading and error states.

import { useActions } from '../actions/use-page.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import type { ConversationListState } from '../state/conversation-list-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { groupByAge } from './conversation-groups.ts';
import { ConversationRow } from './conversation-row.tsx';

export interface ConversationListViewProps {
  readonly list: ConversationListState;
  /** key of the conversation that is shown */
  readonly current: string;
  readonly running: ReadonlySet<string>;
  /** called when the user opens a conversation */
  onSelect(): void;
}

export function ConversationListView({ list, current, running, onSelect }: ConversationListViewProps) {
  const texts = useTexts();
  const actions = useActions();
  return (
    <nav className="topics" aria-label={texts.sidebar.title} aria-busy={list.loading}>
      {groupByAge(list.items, Date.now()).map((group) => (
        <section key={group.name}>
          <h3>{texts.sidebar[group.name]}</h3>
          <ul>
            {group.conversations.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                current={conversation.id === current}
                running={running.has(conversation.id)}
                onSelect={onSelect}
              />
            ))}
          </ul>
        </section>
      ))}
      <ListNote list={list} />
      {list.next !== undefined && !list.failed && (
        <button
          type="button"
          className="side-more"
          onClick={() => runInBackground(actions.conversations.loadMore())}
          disabled={list.loading}
        >
          {list.loading ? texts.sidebar.loading : texts.sidebar.more}
        </button>
      )}
    </nav>
  );
}

function ListNote({ list }: Pick<ConversationListViewProps, 'list'>) {
  const texts = useTexts();
  const actions = useActions();
  if (list.failed) {
    return (
      <p className="side-note">
        {texts.sidebar.listFailed}{' '}
        <button
          type="button"
          className="text-button"
          onClick={() => runInBackground(actions.conversations.refresh())}
        >
          {texts.sidebar.retry}
        </button>
      </p>
    );
  }
  if (list.items.length > 0) return null;
  if (list.loading) return <p className="side-note">{texts.sidebar.loading}</p>;
  const note = list.search ? texts.sidebar.nothingFound(list.search) : texts.sidebar.empty;
  return (
    <p className="side-note" role="status" lang={languageOf(note)}>
      {note}
    </p>
  );
}
