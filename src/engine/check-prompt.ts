// Checks the length and the token ids of a prompt against the limits of the model.

import { QuireError } from '../base/errors.ts';
import { contextExceededError } from '../completion/context-exceeded.ts';

export interface PromptLimits {
  /** maximum number of tokens of prompt and answer together */
  readonly contextLength: number;
  /** number of token ids; valid ids are below this number */
  readonly vocabSize: number;
}

/** Throws `empty_prompt`, `context_length_exceeded` or `bad_token`. */
export function checkPrompt(prompt: readonly number[], { contextLength, vocabSize }: PromptLimits): void {
  if (prompt.length === 0) {
    throw new QuireError(
      'empty_prompt',
      'the prompt has no tokens',
      'provide a text; this model adds no start token',
    );
  }
  if (prompt.length >= contextLength) throw contextExceededError(prompt.length, contextLength);
  const isId = (token: unknown): boolean =>
    Number.isInteger(token) && Number(token) >= 0 && Number(token) < vocabSize;
  const invalid = prompt.findIndex((token) => !isId(token)); // not `find`: the item may be undefined
  if (invalid >= 0) {
    throw new QuireError(
      'bad_token',
      `${prompt[invalid]} is not a token id`,
      `use whole numbers from 0 to ${vocabSize - 1}`,
    );
  }
}
