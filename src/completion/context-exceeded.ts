// A prompt that leaves no room for an answer. Where that is known before all of it is encoded, the rest is not.

import { QuireError } from '../base/errors.ts';

export class ContextExceededError extends QuireError {
  /** of the prompt; absent where only so many of them were counted that it is known not to fit */
  readonly promptTokens: number | undefined;
  readonly contextLength: number;

  constructor(promptTokens: number, contextLength: number, more: boolean) {
    const has = `the prompt has ${more ? 'at least ' : ''}${promptTokens} tokens`;
    super(
      'context_length_exceeded',
      `${has} and the context holds ${contextLength}, the answer included`,
      'shorten the prompt or start a new conversation',
    );
    this.promptTokens = more ? undefined : promptTokens;
    this.contextLength = contextLength;
  }
}

/**
 * @param tokens of the prompt
 * @param holds tokens that the context has room for
 * @param more the prompt may have more than that many
 */
export const contextExceeded = (tokens: number, holds: number, more = false): ContextExceededError =>
  new ContextExceededError(tokens, holds, more);
