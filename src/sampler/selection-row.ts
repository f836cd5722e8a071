// Turns the sampling parameters into the input of the backend's `select` for one row of logits. Everything that
// depends on the tokens so far becomes adjustments of single tokens, at most one per token (token-adjustments.ts).
// These are updated token by token, so the cost of a row depends neither on the length of the text nor on the number
// of adjusted tokens.

import type { SelectionRow } from '../base/step/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenAdjustments } from './token-adjustments.ts';

export interface SelectionRowsOptions {
  /** index of the sample among parallel samples of a prompt, from 0 */
  readonly choice: number;
  /** ids below it can be adjusted; unlimited by default */
  readonly vocabSize?: number;
  /** the rows of the parent, if the sequence is a fork */
  readonly parent?: SelectionRows | undefined;
}

/** Makes the rows of one sequence, in the order in which its tokens are chosen. */
export class SelectionRows {
  readonly #parameters: SamplingParameters;
  readonly #adjustments: TokenAdjustments;
  readonly #choice: number;
  #parent: SelectionRows | undefined; // until the first tokens are counted

  constructor(parameters: SamplingParameters, { choice, vocabSize, parent }: SelectionRowsOptions) {
    this.#parameters = parameters;
    this.#adjustments = new TokenAdjustments(parameters, vocabSize);
    this.#choice = choice;
    this.#parent = parent;
  }

  /** Counts the first `length` tokens ahead of time, so that a long prompt is not processed in one go. */
  countTokens(sequence: SampledSequence, length: number): void {
    this.#copyParent(length);
    this.#adjustments.countTokens(sequence, length);
  }

  /**
   * Returns the row for the token after `sequence`. Its adjustments are views, valid until more tokens are counted or
   * the next row without drafts is made. Throws `bad_option` if no backend can process them.
   * @param drafts how many of the last tokens are drafts
   */
  after(sequence: SampledSequence, drafts = 0): SelectionRow {
    this.#copyParent(sequence.tokens.length - drafts);
    const { temperature, topK, topP, minP, typicalP, seed, logprobs } = this.#parameters;
    const { adjustTokens, adjustPenalty, adjustBias } = this.#adjustments.after(sequence, drafts);
    // Listed one by one: in V8, spreading an object into a literal costs 10 us per row, twenty times the rest.
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

/** Returns a single row. @param choice index of the sample among parallel samples of a prompt, from 0 */
export const selectionRow = (
  parameters: SamplingParameters,
  sequence: SampledSequence,
  choice: number,
): SelectionRow => new SelectionRows(parameters, { choice }).after(sequence);
