// The conversation as a list of turns, and the lines through it: what the model does not know any more, what it
// does not see any more, and where another model took over.

import { Fragment, type ReactNode } from 'react';
import { type ChatState, droppedMessages, runningTurn } from '../state/chat-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { reportScale } from './turn-numbers.ts';
import { TurnView } from './turn-view.tsx';

interface TurnListProps {
  readonly state: ChatState;
  /** the model is still loading, so an answer takes longer to begin */
  readonly waiting: boolean;
  readonly suggestion: string | undefined;
  onSuggestion(text: string): void;
}

export function TurnList({ state, waiting, suggestion, onSuggestion }: TurnListProps) {
  const texts = useTexts();
  const { turns, forgotten, id, stored } = state;
  const scale = reportScale(turns.slice(forgotten));
  const oldScale = reportScale(turns.slice(0, forgotten));
  const dropped = droppedMessages(state);
  // A turn is two messages, and a cut never parts a question from its answer.
  const unseen = Math.ceil(dropped / 2);
  const busy = runningTurn(state) !== undefined;
  return (
    <section aria-labelledby="conversation-title">
      <h2 id="conversation-title" className="visually-hidden">
        {texts.conversation}
      </h2>
      <ol className="turns">
        {turns.map((turn, index) => (
          <Fragment key={turn.id}>
            {index === forgotten && index > 0 && <Line loud>{texts.forgottenAbove}</Line>}
            {index === unseen && index > 0 && <Line>{texts.messages.dropped(dropped)}</Line>}
            {turn.context?.modelChanged && <ModelLine {...turn.context.modelChanged} />}
            <TurnView
              turn={turn}
              conversation={id}
              messages={stored.messages}
              busy={busy}
              waiting={waiting}
              forgotten={index < forgotten || index < unseen}
              scale={index < forgotten ? oldScale : scale}
            />
          </Fragment>
        ))}
      </ol>
      {suggestion && (
        <button
          type="button"
          className="suggestion"
          onClick={() => onSuggestion(suggestion)}
          lang={languageOf(suggestion)}
        >
          {suggestion}
        </button>
      )}
    </section>
  );
}

/** @param loud it is a loss, and not only a fact */
function Line({ loud, children }: { readonly loud?: boolean; readonly children: ReactNode }) {
  return (
    <li className={loud ? 'forgotten-line' : 'forgotten-line dropped-line'}>
      <span>{children}</span>
    </li>
  );
}

function ModelLine({ from, to }: { readonly from: string; readonly to: string }) {
  const texts = useTexts();
  return <Line>{texts.messages.modelChanged(from, to)}</Line>;
}
