// One turn: what was asked, what was answered, how it ended, and what it cost.

import { memo, useDeferredValue } from 'react';
import type { StoredMessage } from '../api/stored-conversation.ts';
import { AnswerMarkdown } from '../markdown/answer-markdown.tsx';
import { PlainOnError } from '../markdown/plain-on-error.tsx';
import { siblingsOf } from '../state/branches.ts';
import { isUnheard } from '../state/chat-state.ts';
import type { Turn } from '../state/turn.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import type { Texts } from '../texts/texts.ts';
import { AnswerActions } from './answer-actions.tsx';
import { QuestionView } from './question-view.tsx';
import { TurnReport } from './turn-report.tsx';

interface TurnViewProps {
  readonly turn: Turn;
  /** id of the conversation where the server keeps it */
  readonly conversation: string | undefined;
  /** all branches, among which the siblings of its messages are */
  readonly messages: readonly StoredMessage[];
  /** an answer is being written in the conversation */
  readonly busy: boolean;
  readonly waiting: boolean;
  readonly forgotten: boolean;
  /** tokens that the full width of the report's bar stands for */
  readonly scale: number;
}

export const TurnView = memo(function TurnView(props: TurnViewProps) {
  const { turn, conversation, messages, busy, waiting, forgotten, scale } = props;
  const texts = useTexts();
  return (
    <li
      className={forgotten ? 'turn turn-forgotten' : 'turn'}
      data-phase={turn.phase}
      data-unheard={isUnheard(turn)}
    >
      <QuestionView
        turn={turn}
        conversation={conversation}
        siblings={siblingsOf(messages, turn.userId)}
        busy={busy}
      />
      <div className="answer">
        <span className="visually-hidden">{texts.model}: </span>
        <AnswerBody turn={turn} waiting={waiting} />
        <AnswerEnding turn={turn} />
        {turn.phase === 'done' && (
          <div className="answer-foot">
            {turn.usage && <TurnReport usage={turn.usage} scale={scale} />}
            <AnswerActions
              turn={turn}
              conversation={conversation}
              siblings={siblingsOf(messages, turn.answerId)}
              busy={busy}
            />
          </div>
        )}
      </div>
    </li>
  );
});

function AnswerBody({ turn, waiting }: Pick<TurnViewProps, 'turn' | 'waiting'>) {
  const texts = useTexts();
  // Many pieces a second must not hold up typing: parsing Markdown may lag behind.
  const deferred = useDeferredValue(turn.answer);
  const text = turn.phase === 'writing' ? deferred : turn.answer; // what has ended is there at once, and whole
  const begun = turn.answer !== '';
  if (!begun && (turn.phase === 'sent' || turn.phase === 'reading')) {
    return (
      <p className="reading">
        {turn.stopping ? texts.stopping : waiting ? texts.loadingModel : texts.reading}
        <span className="dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      </p>
    );
  }
  if (!begun) return null;
  return (
    <div className="answer-text" lang={languageOf(text)}>
      <PlainOnError text={text}>
        <AnswerMarkdown text={text} />
      </PlainOnError>
    </div>
  );
}

function AnswerEnding({ turn }: Pick<TurnViewProps, 'turn'>) {
  const texts = useTexts();
  const { error } = turn;
  const ending = endingOf(turn, texts);
  if (ending) return <p className="ending">{ending}</p>;
  // These have a notice of their own below the conversation.
  if (!error || error.code === 'context_length_exceeded' || error.code === 'not_found') return null;
  return (
    <p className="ending ending-bad">
      <strong>{texts.errorTitle}</strong> {texts.errors[error.code] ?? error.message}
    </p>
  );
}

/** What is to be said about an answer that did not simply come to its end. */
function endingOf(turn: Turn, texts: Texts): string | undefined {
  if (turn.phase === 'lost') return texts.interrupted;
  if (turn.phase !== 'done') return undefined;
  if (turn.interrupted) return texts.interruptedByServer;
  if (turn.finishReason === 'cancelled') return isUnheard(turn) ? texts.stoppedUnheard : texts.stopped;
  if (turn.finishReason === 'length') return texts.cutOff;
  return turn.answer === '' ? texts.emptyAnswer : undefined;
}
