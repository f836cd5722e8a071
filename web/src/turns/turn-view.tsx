// One turn: the user message, the answer, how it ended, and its token counts.

import { memo, useDeferredValue } from 'react';
import type { StoredMessage } from '../api/stored-conversation.ts';
import { AnswerMarkdown } from '../markdown/answer-markdown.tsx';
import { PlainTextFallback } from '../markdown/plain-text-fallback.tsx';
import { siblingsOf } from '../state/branches.ts';
import { isDiscarded } from '../state/chat-state.ts';
import type { Turn } from '../state/turn.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import type { Texts } from '../texts/texts.ts';
import { AnswerActions } from './answer-actions.tsx';
import { QuestionView } from './question-view.tsx';
import { TurnReport } from './turn-report.tsx';

interface TurnViewProps {
  readonly turn: Turn;
  /** id of the conversation; undefined if the server does not store it */
  readonly conversation: string | undefined;
  /** messages of all branches, to find the siblings of this turn's messages */
  readonly messages: readonly StoredMessage[];
  /** whether an answer is running in the conversation */
  readonly busy: boolean;
  readonly modelLoading: boolean;
  readonly outOfContext: boolean;
  /** number of tokens that the full width of the report's bar represents */
  readonly scale: number;
}

export const TurnView = memo(function TurnView(props: TurnViewProps) {
  const { turn, conversation, messages, busy, modelLoading, outOfContext, scale } = props;
  const texts = useTexts();
  return (
    <li
      className={outOfContext ? 'turn turn-out-of-context' : 'turn'}
      data-phase={turn.phase}
      data-discarded={isDiscarded(turn)}
    >
      <QuestionView
        turn={turn}
        conversation={conversation}
        siblings={siblingsOf(messages, turn.userId)}
        busy={busy}
      />
      <div className="answer">
        <span className="visually-hidden">{texts.model}: </span>
        <AnswerBody turn={turn} modelLoading={modelLoading} />
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

function AnswerBody({ turn, modelLoading }: Pick<TurnViewProps, 'turn' | 'modelLoading'>) {
  const texts = useTexts();
  // The rendered text may lag behind the received text, so that frequent updates do not block typing.
  const deferred = useDeferredValue(turn.answer);
  const text = turn.phase === 'writing' ? deferred : turn.answer; // a finished answer is shown without delay
  const hasText = turn.answer !== '';
  if (!hasText && (turn.phase === 'sent' || turn.phase === 'reading')) {
    return (
      <p className="reading">
        {turn.stopping ? texts.stopping : modelLoading ? texts.loadingModel : texts.reading}
        <span className="dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      </p>
    );
  }
  if (!hasText) return null;
  return (
    <div className="answer-text" lang={languageOf(text)}>
      <PlainTextFallback text={text}>
        <AnswerMarkdown text={text} />
      </PlainTextFallback>
    </div>
  );
}

function AnswerEnding({ turn }: Pick<TurnViewProps, 'turn'>) {
  const texts = useTexts();
  const { error } = turn;
  const ending = endingOf(turn, texts);
  if (ending) return <p className="ending">{ending}</p>;
  // These errors have a notice below the conversation.
  if (!error || error.code === 'context_length_exceeded' || error.code === 'not_found') return null;
  return (
    <p className="ending ending-bad">
      <strong>{texts.errorTitle}</strong> {texts.errors[error.code] ?? error.message}
    </p>
  );
}

/** Returns the note for an answer that did not end normally. */
function endingOf(turn: Turn, texts: Texts): string | undefined {
  if (turn.phase === 'lost') return texts.interrupted;
  if (turn.phase !== 'done') return undefined;
  if (turn.interrupted) return texts.interruptedByServer;
  if (turn.finishReason === 'cancelled') return isDiscarded(turn) ? texts.stoppedBeforeAnswer : texts.stopped;
  if (turn.finishReason === 'length') return texts.cutOff;
  return turn.answer === '' ? texts.emptyAnswer : undefined;
}
