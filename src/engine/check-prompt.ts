// Checks a tokenized prompt against the model: its length and its ids.

import { QuireError } from '../base/errors.ts';
import { contextExceeded } from '../completion/context-exceeded.ts';

export interface PromptLimits {
  /** maximum tokens of prompt and answer */
  readonly contextLength: number;
  /** token ids are below this */
  readonly vocabSize: number;
}

/** Throws `empty_prompt`, `context_length_exceeded` or `bad_token`. */
export function checkPrompt(prompt: readonly number[], { contextLength, vocabSize }: PromptLimits): void {
  if (prompt.length === 0) {
    throw new QuireError(
      'empty_prompt',
      'the prompt has no tokens',
      'provide a text: this model adds no start token',
    );
  }
  if (prompt.length >= contextLength) throw contextExceeded(prompt.length, contextLength);
  const bad = prompt.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabSize));
  if (bad !== undefined) {
    throw new QuireError(
      'bad_token',
      `${bad} is not a token id`,
      `use whole numbers from 0 to ${vocabSize - 1}`,
    );
  }
}
