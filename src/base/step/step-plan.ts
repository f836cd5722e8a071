// The step plan is the interface between the scheduler and the kernels: which tokens a step computes, in which blocks
// their keys and values are stored, and for which rows a next token is selected. It consists of flat typed arrays, so
// that it can be passed to a worker cheaply, printed, saved and replayed. There are no phases: prefill and decode
// differ only in the counts.
//
// Example: sequence A has 3 computed tokens and adds 1 (decode), B is new and adds 3 (prefill); blocks of 2 tokens.
//   tokens         [a3, b0, b1, b2]     the token of each row of the step             [T = 4]
//   positions      [ 3,  0,  1,  2]     its position in its sequence                  [T]
//   queryStart     [ 0,  1,  4]         rows of s: queryStart[s] to queryStart[s+1]-1 [S + 1]
//   contextLength  [ 4,  3]             number of tokens of s after this step         [S]
//   adapter        [-1,  0]             slot of the adapter of s, -1 for none         [S]
//   blockTable     [[5, 7,  2, 9]]      per layer group, S rows of maxBlocks ids      [G][S * maxBlocks]
//   copies         [[]]                 per layer group, block pairs (from, to)       [G][2 * C]
//   logitsRows     [ 0,  3]             rows whose next token is selected             [R]
//   selection      one SelectionRow for each of logitsRows                            [R]
//   vectorRows     [ 3]                 rows whose vectors are returned               [V]

import type { SelectionOutcome, SelectionRow, TokenLogprobs } from './selection.ts';

export interface StepPlan {
  readonly tokens: Int32Array; // [T]
  readonly positions: Int32Array; // [T]
  readonly queryStart: Int32Array; // [S + 1]
  readonly contextLength: Int32Array; // [S]
  readonly adapter: Int32Array; // [S]: a slot of `Executable.setAdapter`, or -1
  readonly maxBlocks: number; // width of a block table row
  readonly blockTable: readonly Int32Array[]; // [G][S * maxBlocks]; unused entries are 0
  readonly copies: readonly Int32Array[]; // [G][2 * C]: from, to; copied before the step
  readonly logitsRows: Int32Array; // [R], ascending
  readonly selection: readonly SelectionRow[]; // [R]
  /** [V], ascending; absent if no vectors are returned. The program must have an operation `readRows`. */
  readonly vectorRows?: Int32Array;
  /** also return the logits of `logitsRows`; for tests, golden files and the laboratory */
  readonly wantLogits: boolean;
}

export interface StepResult {
  /** selected token ids; valid only where the row's outcome is `chosen`. [R] */
  readonly selected: Int32Array;
  /** `chosen`, or the reason why no token could be selected. [R] */
  readonly outcomes: readonly SelectionOutcome[];
  /** undefined for rows without a request for log-probabilities or with an outcome other than `chosen`. [R] */
  readonly logprobs: readonly (TokenLogprobs | undefined)[];
  readonly logits?: Float32Array; // [R, vocabSize], only with wantLogits
  readonly vectors?: Float32Array; // [V, width], absent if V is 0
  readonly stepMs: number;
}
