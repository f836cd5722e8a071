// Creates the selection rows of a sequence: the input of `select` of the backend for each row of logits. The options that
// depend on the tokens so far are converted to adjustments of the logits of single tokens (token-adjustments.ts).
// Adjustments are updated token by token, so the time to create a row depends neither on the length of the text nor on the
// number of adjusted tokens.

import type { SelectionRow } from '../base/step/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenAdjustments } from './token-adjustments.ts';

export interface SelectionRowsOptions {
  /** index of the sample among parallel samples of a prompt, from 0 */
  readonly choice: number;
  /** only smaller token ids can be adjusted; unlimited by default */
  readonly vocabSize?: number;
  /** the rows of the parent sequence, if the sequence is a fork */
  readonly parent?: SelectionRows | undefined;
}

/** Creates the rows of one sequence, in the order in which its tokens are chosen. */
export class SelectionRows {
  readonly #parameters: SamplingParameters;
  readonly #adjustments: TokenAdjustments;
  readonly #choice: number;
  #parent: SelectionRows | undefined; // set until the first tokens are counted

  constructor(parameters: SamplingParameters, { choice, vocabSize, parent }: SelectionRowsOptions) {
    this.#parameters = parameters;
    this.#adjustments = new TokenAdjustments(parameters, vocabSize);
    this.#choice = choice;
    this.#parent = parent;
  }

  /** Counts the first `length` tokens in advance, so that the tokens of a long prompt are counted in several calls. */
  countTokens(sequence: SampledSequence, length: number): void {
    this.#copyParent(length);
    this.#adjustments.countTokens(sequence, length);
  }

  /**
   * Returns the row for the token after `sequence`. The arrays of the adjustments are valid until more tokens are counted or
   * the next row without drafts is created. Throws `bad_option` if no backend can process the adjustments.
   * @param drafts number of draft tokens at the end of `sequence`
   */
  rowAfter(sequence: SampledSequence, drafts = 0): SelectionRow {
    this.#copyParent(sequence.tokens.length - drafts);
    const { temperature, topK, topP, minP, typicalP, seed, logprobs } = this.#parameters;
    const { adjustTokens, adjustPenalty, adjustBias } = this.#adjustments.adjustmentsAfter(sequence, drafts);
    // The properties are listed because in V8, spreading an object takes 10 us per row, twenty times as long as everything
    // else here.
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

/**
 * Returns the row for the token after `sequence`.
 * @param choice index of the sample among parallel samples of a prompt, from 0
 */
export const selectionRow = (
  parameters: SamplingParameters,
  sequence: SampledSequence,
  choice: number,
): SelectionRow => new SelectionRows(parameters, { choice }).rowAfter(sequence);
