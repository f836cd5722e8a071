// Says that something the reader asked for was refused: a change of a conversation, or another answer.

import { IconButton } from '../components/icon-button.tsx';
import { CloseIcon } from '../components/icons.tsx';
import type { ChatState } from '../state/chat-state.ts';
import type { Trouble } from '../state/page-state.ts';
import { useTexts } from '../texts/language.ts';

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
