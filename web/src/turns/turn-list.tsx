// The conversation as a list of turns, with dividers: below turns that are no longer sent to the model, and where the
// model changed.

import { Fragment, type ReactNode } from 'react';
import { type ChatState, droppedMessages, runningTurn } from '../state/chat-state.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { reportScale } from './turn-numbers.ts';
import { TurnView } from './turn-view.tsx';

interface TurnListProps {
  readonly state: ChatState;
  /** whether the model is still loading, so that the answer starts later */
  readonly modelLoading: boolean;
  readonly suggestion: string | undefined;
  onSuggestion(text: string): void;
}

export function TurnList({ state, modelLoading, suggestion, onSuggestion }: TurnListProps) {
  const texts = useTexts();
  const { turns, lostTurns, id, stored } = state;
  const scale = reportScale(turns.slice(lostTurns));
  const lostScale = reportScale(turns.slice(0, lostTurns));
  const droppedCount = droppedMessages(state);
  // A turn has two messages, and the context policy drops complete turns.
  const droppedTurns = Math.ceil(droppedCount / 2);
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
            {index === droppedTurns && index > 0 && (
              <Divider>{texts.messageTexts.dropped(droppedCount)}</Divider>
            )}
            {turn.context?.modelChanged && <ModelDivider {...turn.context.modelChanged} />}
            <TurnView
              turn={turn}
              conversation={id}
              messages={stored.messages}
              busy={busy}
              modelLoading={modelLoading}
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

/** @param warning whether the divider warns of lost turns; otherwise it only informs */
function Divider({ warning, children }: { readonly warning?: boolean; readonly children: ReactNode }) {
  return (
    <li className={warning ? 'divider' : 'divider divider-info'}>
      <span>{children}</span>
    </li>
  );
}

function ModelDivider({ from, to }: { readonly from: string; readonly to: string }) {
  const texts = useTexts();
  return <Divider>{texts.messageTexts.modelChanged(from, to)}</Divider>;
}
