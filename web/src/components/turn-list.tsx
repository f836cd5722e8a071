// The conversation as a list of turns, and the line that a lost connection draws through it.

import { Fragment } from 'react';
import type { ChatState } from '../chat-state.ts';
import { languageOf, useTexts } from '../language.ts';
import { reportScale } from '../turn-numbers.ts';
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
  const scale = reportScale(state.turns.slice(state.forgotten));
  const oldScale = reportScale(state.turns.slice(0, state.forgotten));
  return (
    <section aria-label={texts.conversation}>
      <ol className="turns">
        {state.turns.map((turn, index) => (
          <Fragment key={turn.id}>
            {index === state.forgotten && index > 0 && <ForgottenLine />}
            <TurnView
              turn={turn}
              waiting={waiting}
              forgotten={index < state.forgotten}
              scale={index < state.forgotten ? oldScale : scale}
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

function ForgottenLine() {
  const texts = useTexts();
  return (
    <li className="forgotten-line">
      <span>{texts.forgottenAbove}</span>
    </li>
  );
}
