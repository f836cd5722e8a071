// The conversations by age, and what the list says when it is empty, fails, or goes on.

import { useActions } from '../actions/use-page.ts';
import { inBackground } from '../browser/in-background.ts';
import type { TopicsState } from '../state/conversation-list-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { groupTopics } from './conversation-groups.ts';
import { TopicRow } from './conversation-row.tsx';

export interface TopicListViewProps {
  readonly topics: TopicsState;
  /** key of the conversation that is shown */
  readonly current: string;
  readonly running: ReadonlySet<string>;
  /** a conversation was chosen */
  onChosen(): void;
}

export function TopicListView({ topics, current, running, onChosen }: TopicListViewProps) {
  const texts = useTexts();
  const actions = useActions();
  return (
    <nav className="topics" aria-label={texts.topics.title} aria-busy={topics.loading}>
      {groupTopics(topics.items, Date.now()).map((group) => (
        <section key={group.name}>
          <h3>{texts.topics[group.name]}</h3>
          <ul>
            {group.topics.map((topic) => (
              <TopicRow
                key={topic.id}
                topic={topic}
                current={topic.id === current}
                running={running.has(topic.id)}
                onChosen={onChosen}
              />
            ))}
          </ul>
        </section>
      ))}
      <ListNote topics={topics} />
      {topics.next !== undefined && !topics.failed && (
        <button
          type="button"
          className="side-more"
          onClick={() => inBackground(actions.topics.more())}
          disabled={topics.loading}
        >
          {topics.loading ? texts.topics.loading : texts.topics.more}
        </button>
      )}
    </nav>
  );
}

function ListNote({ topics }: Pick<TopicListViewProps, 'topics'>) {
  const texts = useTexts();
  const actions = useActions();
  if (topics.failed) {
    return (
      <p className="side-note">
        {texts.topics.failed}{' '}
        <button type="button" className="text-button" onClick={() => inBackground(actions.topics.refresh())}>
          {texts.topics.retry}
        </button>
      </p>
    );
  }
  if (topics.items.length > 0) return null;
  if (topics.loading) return <p className="side-note">{texts.topics.loading}</p>;
  const note = topics.search ? texts.topics.nothingFound(topics.search) : texts.topics.none;
  return (
    <p className="side-note" role="status" lang={languageOf(note)}>
      {note}
    </p>
  );
}
