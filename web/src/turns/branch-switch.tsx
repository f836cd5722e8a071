// Shows "2 / 3" and switches between the versions of a question, or between the answers to a question.

import { IconButton } from '../components/icon-button.tsx';
import { BackIcon, ForwardIcon } from '../components/icons.tsx';
import type { Siblings } from '../state/branches.ts';
import { useTexts } from '../texts/language.ts';

interface BranchSwitchProps {
  readonly siblings: Siblings;
  readonly messageKind: 'question' | 'answer';
  readonly disabled: boolean;
  onSelect(id: string): void;
}

export function BranchSwitch({ siblings, messageKind, disabled, onSelect }: BranchSwitchProps) {
  const { messageTexts: texts } = useTexts();
  const { ids, index } = siblings;
  const [previous, next] = [ids[index - 1], ids[index + 1]];
  const isQuestion = messageKind === 'question';
  return (
    <span className="branches" data-kind={messageKind}>
      <IconButton
        label={isQuestion ? texts.previousQuestion : texts.previousAnswer}
        disabled={disabled || previous === undefined}
        onClick={() => previous && onSelect(previous)}
      >
        <BackIcon />
      </IconButton>
      <span className="branch-count">{texts.versionOf(index + 1, ids.length)}</span>
      <IconButton
        label={isQuestion ? texts.nextQuestion : texts.nextAnswer}
        disabled={disabled || next === undefined}
        onClick={() => next && onSelect(next)}
      >
        <ForwardIcon />
      </IconButton>
    </span>
  );
}
