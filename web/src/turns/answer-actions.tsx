// What can be done with an answer: look at others, copy it, have another one, go on from it elsewhere.

import { useActions } from '../actions/use-page.ts';
import { inBackground } from '../browser/in-background.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { AgainIcon, ForkIcon } from '../components/icons.tsx';
import type { Siblings } from '../state/branches.ts';
import type { Turn } from '../state/turn.ts';
import { useTexts } from '../texts/language.ts';
import { BranchSwitch } from './branch-switch.tsx';

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
