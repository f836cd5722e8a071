// The error for a prompt that leaves no space for an answer. Encoding stops as soon as the limit is exceeded.

import { QuireError } from '../base/errors.ts';

export class ContextExceededError extends QuireError {
  /** tokens of the prompt; absent when encoding stopped before all were counted */
  readonly promptTokens: number | undefined;
  readonly contextLength: number;

  constructor(promptTokens: number, contextLength: number, more: boolean) {
    const has = `the prompt has ${more ? 'at least ' : ''}${promptTokens} tokens`;
    super(
      'context_length_exceeded',
      `${has} and the context holds ${contextLength} tokens of prompt and answer`,
      'shorten the prompt or start a new conversation',
    );
    this.promptTokens = more ? undefined : promptTokens;
    this.contextLength = contextLength;
  }
}

/**
 * Returns the error.
 * @param tokens counted tokens of the prompt
 * @param contextLength tokens of the context
 * @param more whether the prompt may have more tokens than were counted
 */
export const contextExceeded = (tokens: number, contextLength: number, more = false): ContextExceededError =>
  new ContextExceededError(tokens, contextLength, more);
