// Turns what a caller asked for into what the backend's `select` needs for one row of logits. Whatever depends on
// the tokens so far becomes an adjustment of single tokens, each token at most once (token-adjustments.ts). A row is read
// from what is kept up to date token by token: its cost depends neither on the length of the text nor on how many tokens
// are adjusted.

import type { SelectionRow } from '../base/step/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenAdjustments } from './token-adjustments.ts';

export interface SelectionRowsOptions {
  /** which of several parallel samples of the prompt, from 0 */
  readonly choice: number;
  /** ids that the backend can adjust are below; without it any */
  readonly vocabSize?: number;
  /** the rows of the sequence that this one is a fork of */
  readonly parent?: SelectionRows | undefined;
}

/** Makes the rows of one sequence, in the order in which its tokens are chosen. */
export class SelectionRows {
  readonly #parameters: SamplingParameters;
  readonly #adjustments: TokenAdjustments;
  readonly #choice: number;
  #parent: SelectionRows | undefined; // until the first tokens are looked at

  constructor(parameters: SamplingParameters, { choice, vocabSize, parent }: SelectionRowsOptions) {
    this.#parameters = parameters;
    this.#adjustments = new TokenAdjustments(parameters, vocabSize);
    this.#choice = choice;
    this.#parent = parent;
  }

  /** Looks at the first `length` tokens before a row is asked for, so that a long prompt is not looked at all at once. */
  countTokens(sequence: SampledSequence, length: number): void {
    this.#copyParent(length);
    this.#adjustments.countTokens(sequence, length);
  }

  /**
   * The row for the token that comes after `sequence`. Its adjustments are views, valid until more of the sequence is
   * absorbed or its next row without guesses is made. Raises `bad_option` when no backend can use them.
   * @param drafts how many of the last tokens are guesses
   */
  after(sequence: SampledSequence, drafts = 0): SelectionRow {
    this.#copyParent(sequence.tokens.length - drafts);
    const { temperature, topK, topP, minP, typicalP, seed, logprobs } = this.#parameters;
    const { adjustTokens, adjustPenalty, adjustBias } = this.#adjustments.after(sequence, drafts);
    // Named one by one: spreading an object into a literal costs 10 us a row in V8, twenty times all the rest.
    return {
      adjustTokens,
      adjustPenalty,
      adjustBias,
      temperature,
      topK,
      topP,
      minP,
      typicalP,
      uniform: temperature === 0 ? 0 : uniform(seed, this.#choice, sequence.tokens.length),
      logprobs,
    };
  }

  #copyParent(length: number): void {
    if (this.#parent === undefined) return;
    this.#adjustments.startFrom(this.#parent.#adjustments, length);
    this.#parent = undefined;
  }
}

/** One row by itself. @param choice which of several parallel samples of the prompt, from 0 */
export const selectionRow = (
  parameters: SamplingParameters,
  sequence: SampledSequence,
  choice: number,
): SelectionRow => new SelectionRows(parameters, { choice }).after(sequence);
