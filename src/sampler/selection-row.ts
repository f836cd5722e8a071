// Turns what a caller asked for into what the backend's `select` needs for one row of logits. Whatever depends on
// the tokens so far becomes an adjustment of single tokens, each token at most once (token-adjustments.ts).

import type { SelectionRow } from '../base/selection.ts';
import { uniform } from '../base/uniform.ts';
import type { SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenAdjustments } from './token-adjustments.ts';

/** Makes the rows of one sequence, in the order in which its tokens are chosen. */
export class SelectionRows {
  readonly #parameters: SamplingParameters;
  readonly #adjustments: TokenAdjustments;
  readonly #choice: number;
  #parent: SelectionRows | undefined; // until the first tokens are looked at

  /**
   * @param choice which of several parallel samples of the prompt, from 0
   * @param parent the rows of the sequence that this one is a fork of
   */
  constructor(parameters: SamplingParameters, choice: number, parent?: SelectionRows) {
    this.#parameters = parameters;
    this.#adjustments = new TokenAdjustments(parameters);
    this.#choice = choice;
    this.#parent = parent;
  }

  /** Looks at the first `length` tokens before a row is asked for, so that a long prompt is not looked at all at once. */
  absorb(sequence: SampledSequence, length: number): void {
    this.#followParent(length);
    this.#adjustments.absorb(sequence, length);
  }

  /** @param drafts how many of the last tokens are guesses */
  after(sequence: SampledSequence, drafts = 0): SelectionRow {
    this.#followParent(sequence.tokens.length - drafts);
    const { temperature, topK, topP, minP, typicalP, seed, logprobs } = this.#parameters;
    return {
      ...this.#adjustments.after(sequence, drafts),
      temperature,
      topK,
      topP,
      minP,
      typicalP,
      uniform: temperature === 0 ? 0 : uniform(seed, this.#choice, sequence.tokens.length),
      logprobs,
    };
  }

  #followParent(length: number): void {
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
): SelectionRow => new SelectionRows(parameters, choice).after(sequence);
