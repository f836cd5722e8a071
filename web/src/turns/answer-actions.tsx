// The actions on an answer: switch to another answer, copy, regenerate, and continue in a copy of the conversation.

import { useActions } from '../actions/use-page.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { ForkIcon, RegenerateIcon } from '../components/icons.tsx';
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
  const { messageTexts: texts } = useTexts();
  const actions = useActions();
  const { answerId } = turn;
  const isStored = conversation !== undefined && answerId !== undefined;
  if (!isStored && !turn.answer) return null;
  return (
    <div className="message-actions" data-pinned={siblings !== undefined}>
      {isStored && siblings && (
        <BranchSwitch
          siblings={siblings}
          messageKind="answer"
          disabled={busy}
          onSelect={(head) => runInBackground(actions.change(conversation, { head }))}
        />
      )}
      {turn.answer && <CopyButton text={turn.answer} />}
      {isStored && (
        <>
          <IconButton
            label={texts.regenerate}
            disabled={busy}
            onClick={() => actions.client.regenerate(answerId)}
          >
            <RegenerateIcon />
          </IconButton>
          <IconButton
            label={texts.forkHere}
            onClick={() => runInBackground(actions.fork(conversation, answerId))}
          >
            <ForkIcon />
          </IconButton>
        </>
      )}
    </div>
  );
}
