// The id of the current conversation in the URL, as `#/c/ID`: a reload and the back button open the conversation again.

const CONVERSATION_HASH = /^#\/c\/([\w-]{1,64})$/;

export const hashOf = (id: string): string => `#/c/${id}`;

/** Returns the conversation id in a hash; undefined if the hash has another form. */
export function conversationIdOf(hash: string): string | undefined {
  return CONVERSATION_HASH.exec(hash)?.[1];
}
