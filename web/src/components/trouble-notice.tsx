// Says that something the reader asked for was refused: a change of a conversation, or another answer.

import type { ChatState } from '../chat-state.ts';
import { useTexts } from '../language.ts';
import type { Trouble } from '../page-state.ts';
import { IconButton } from './icon-button.tsx';
import { CloseIcon } from './icons.tsx';

interface TroubleNoticeProps {
  readonly chat: ChatState;
  readonly trouble: Trouble | undefined;
  onDismiss(): void;
}

export function TroubleNotice({ chat, trouble, onDismiss }: TroubleNoticeProps) {
  const texts = useTexts();
  const error = chat.refused?.error;
  if (trouble === undefined && !error) return null;
  const say = ({ code, message }: Trouble): string => texts.errors[code] ?? message;
  const refusal = error && `${texts.messages.replaceRefused} ${say(error)}`;
  return (
    <div className="notice" role="alert">
      <p>{trouble === undefined ? refusal : `${texts.errorTitle} ${say(trouble)}`}</p>
      {trouble !== undefined && (
        <IconButton label={texts.messages.dismiss} onClick={onDismiss}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  );
}
