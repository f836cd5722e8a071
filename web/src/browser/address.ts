// The conversation in the URL: `#/c/ID`, so that a reload and the back button open it again.

const CONVERSATION = /^#\/c\/([\w-]{1,64})$/;

export const hashOf = (id: string): string => `#/c/${id}`;

/** Returns undefined for any hash of another form. */
export function conversationIdOf(hash: string): string | undefined {
  return CONVERSATION.exec(hash)?.[1];
}
