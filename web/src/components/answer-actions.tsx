// What can be done with an answer: look at others, copy it, have another one, go on from it elsewhere.

import type { Siblings } from '../branches.ts';
import { inBackground } from '../in-background.ts';
import { useTexts } from '../language.ts';
import type { Turn } from '../turn.ts';
import { useActions } from '../use-page.ts';
import { BranchSwitch } from './branch-switch.tsx';
import { CopyButton } from './copy-button.tsx';
import { IconButton } from './icon-button.tsx';
import { AgainIcon, ForkIcon } from './icons.tsx';

interface AnswerActionsProps {
  readonly turn: Turn;
  readonly conversation: string | undefined;
  readonly siblings: Siblings | undefined;
  readonly busy: boolean;
}

export function AnswerActions({ turn, conversation, siblings, busy }: AnswerActionsProps) {
  const { messages: texts } = useTexts();
  const actions = useActions();
  const { answerId } = turn;
  const kept = conversation !== undefined && answerId !== undefined;
  if (!kept && !turn.answer) return null;
  return (
    <div className="message-actions" data-kept={siblings !== undefined}>
      {kept && siblings && (
        <BranchSwitch
          siblings={siblings}
          of="answer"
          disabled={busy}
          onPick={(head) => inBackground(actions.change(conversation, { head }))}
        />
      )}
      {turn.answer && <CopyButton text={turn.answer} />}
      {kept && (
        <>
          <IconButton
            label={texts.regenerate}
            disabled={busy}
            onClick={() => actions.session.regenerate(answerId)}
          >
            <AgainIcon />
          </IconButton>
          <IconButton
            label={texts.forkHere}
            onClick={() => inBackground(actions.fork(conversation, answerId))}
          >
            <ForkIcon />
          </IconButton>
        </>
      )}
    </div>
  );
}
