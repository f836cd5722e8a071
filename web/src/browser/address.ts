// Which conversation the address names: `#/c/ID`, so that a reload and the back button find it again.

const CONVERSATION = /^#\/c\/([\w-]{1,64})$/;

export const addressOf = (id: string): string => `#/c/${id}`;

/** Undefined for the empty page, and for an address that is not one of ours. */
export function addressedId(hash: string): string | undefined {
  return CONVERSATION.exec(hash)?.[1];
}
