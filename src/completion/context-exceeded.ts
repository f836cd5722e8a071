// The error for a prompt that fills the context and leaves no tokens for an answer. Encoding stops as soon as the limit is
// reached, so the exact number of tokens may be unknown.

import { QuireError } from '../base/errors.ts';

export class ContextExceededError extends QuireError {
  /** number of tokens of the prompt; undefined if encoding stopped before the end of the prompt */
  readonly promptTokens: number | undefined;
  readonly contextLength: number;

  constructor(countedTokens: number, contextLength: number, isIncomplete: boolean) {
    const length = `the prompt has ${isIncomplete ? 'at least ' : ''}${countedTokens} tokens`;
    super(
      'context_length_exceeded',
      `${length}, and the context has ${contextLength} tokens for prompt and answer`,
      'shorten the prompt or start a new conversation',
    );
    this.promptTokens = isIncomplete ? undefined : countedTokens;
    this.contextLength = contextLength;
  }
}

/**
 * Returns the error.
 * @param countedTokens number of tokens of the prompt that were counted
 * @param contextLength maximum number of tokens of the context
 * @param isIncomplete whether the prompt may have more tokens than were counted
 */
export const contextExceededError = (
  countedTokens: number,
  contextLength: number,
  isIncomplete = false,
): ContextExceededError => new ContextExceededError(countedTokens, contextLength, isIncomplete);
