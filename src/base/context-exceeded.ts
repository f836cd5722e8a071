// A prompt that leaves no room for an answer. Where that is known before all of it is encoded, the rest is not.

import { QuireError } from './errors.ts';

/**
 * @param tokens of the prompt
 * @param holds tokens that the context has room for
 * @param more the prompt may have more than that many
 */
export function contextExceeded(tokens: number, holds: number, more = false): QuireError {
  const has = `the prompt has ${more ? 'at least ' : ''}${tokens} tokens`;
  return new QuireError(
    'context_length_exceeded',
    `${has} and the context holds ${holds}, the answer included`,
    'shorten the prompt or start a new conversation',
  );
}
