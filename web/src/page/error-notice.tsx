// The notice that a user action failed: a change of a conversation, or a replacement of an answer.

import { IconButton } from '../components/icon-button.tsx';
import { CloseIcon } from '../components/icons.tsx';
import type { ChatState } from '../state/chat-state.ts';
import type { PageError } from '../state/page-state.ts';
import { useTexts } from '../texts/language.ts';

interface ErrorNoticeProps {
  readonly chat: ChatState;
  readonly error: PageError | undefined;
  onDismiss(): void;
}

export function ErrorNotice({ chat, error, onDismiss }: ErrorNoticeProps) {
  const texts = useTexts();
  const rejection = chat.rejection?.error;
  if (!error && !rejection) return null;
  const describe = ({ code, message }: PageError): string => texts.errors[code] ?? message;
  const rejectionText = rejection && `${texts.messageTexts.replacementRejected} ${describe(rejection)}`;
  return (
    <div className="notice" role="alert">
      <p>{error ? `${texts.errorTitle} ${describe(error)}` : rejectionText}</p>
      {error && (
        <IconButton label={texts.messageTexts.dismiss} onClick={onDismiss}>
          <CloseIcon />
        </IconButton>
      )}
    </div>
  );
}
