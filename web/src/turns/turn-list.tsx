// The conversation as a list of turns, with dividers: below turns that the model no longer knows or sees, and where the
// model changed.

import { Fragment, type ReactNode } from 'react';
import { type ChatState, droppedMessages, runningTurn } from '../state/chat-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { reportScale } from './turn-numbers.ts';
import { TurnView } from './turn-view.tsx';

interface TurnListProps {
  readonly state: ChatState;
  /** the model is still loading, so the answer starts later */
  readonly waiting: boolean;
  readonly suggestion: string | undefined;
  onSuggestion(text: string): void;
}

export function TurnList({ state, waiting, suggestion, onSuggestion }: TurnListProps) {
  const texts = useTexts();
  const { turns, lostTurns, id, stored } = state;
  const scale = reportScale(turns.slice(lostTurns));
  const lostScale = reportScale(turns.slice(0, lostTurns));
  const dropped = droppedMessages(state);
  // A turn is two messages, and the context policy drops whole turns.
  const droppedTurns = Math.ceil(dropped / 2);
  const busy = runningTurn(state) !== undefined;
  return (
    <section aria-labelledby="conversation-title">
      <h2 id="conversation-title" className="visually-hidden">
        {texts.conversation}
      </h2>
      <ol className="turns">
        {turns.map((turn, index) => (
          <Fragment key={turn.id}>
            {index === lostTurns && index > 0 && <Divider warning>{texts.lostAbove}</Divider>}
            {index === droppedTurns && index > 0 && <Divider>{texts.messages.dropped(dropped)}</Divider>}
            {turn.context?.modelChanged && <ModelDivider {...turn.context.modelChanged} />}
            <TurnView
              turn={turn}
              conversation={id}
              messages={stored.messages}
              busy={busy}
              waiting={waiting}
              outOfContext={index < lostTurns || index < droppedTurns}
              scale={index < lostTurns ? lostScale : scale}
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

/** @param warning marks a loss, not only information */
function Divider({ warning, children }: { readonly warning?: boolean; readonly children: ReactNode }) {
  return (
    <li className={warning ? 'forgotten-line' : 'forgotten-line dropped-line'}>
      <span>{children}</span>
    </li>
  );
}

function ModelDivider({ from, to }: { readonly from: string; readonly to: string }) {
  const texts = useTexts();
  return <Divider>{texts.messages.modelChanged(from, to)}</Divider>;
}
