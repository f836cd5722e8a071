// "2 / 3": switches between the versions of a message, or between the answers to it.

import { IconButton } from '../components/icon-button.tsx';
import { BackIcon, ForwardIcon } from '../components/icons.tsx';
import type { Siblings } from '../state/branches.ts';
import { useTexts } from '../texts/language.ts';

interface BranchSwitchProps {
  readonly siblings: Siblings;
  readonly of: 'question' | 'answer';
  readonly disabled: boolean;
  onSelect(id: string): void;
}

export function BranchSwitch({ siblings, of, disabled, onSelect }: BranchSwitchProps) {
  const { messages: texts } = useTexts();
  const { ids, index } = siblings;
  const [previous, next] = [ids[index - 1], ids[index + 1]];
  const question = of === 'question';
  return (
    <span className="branches" data-of={of}>
      <IconButton
        label={question ? texts.previousQuestion : texts.previousAnswer}
        disabled={disabled || previous === undefined}
        onClick={() => previous && onSelect(previous)}
      >
        <BackIcon />
      </IconButton>
      <span className="branch-count">{texts.versionOf(index + 1, ids.length)}</span>
      <IconButton
        label={question ? texts.nextQuestion : texts.nextAnswer}
        disabled={disabled || next === undefined}
        onClick={() => next && onSelect(next)}
      >
        <ForwardIcon />
      </IconButton>
    </span>
  );
}
