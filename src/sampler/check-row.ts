// Checks a row before it joins a step that other requests share: a row that no backend can process fails its own
// request only. After this check, only a failed step ends the requests in it. Adjustments are checked when they are
// made (token-adjustments.ts), because a row may have as many as its text has distinct tokens.

import { QuireError } from '../base/errors.ts';
import type { SelectionRow } from '../base/step/selection.ts';

const LARGEST_WORD = 2 ** 31 - 1;
const INFINITE = Number.POSITIVE_INFINITY;

/** Selects the likeliest token. Valid for any backend; used for requests that are about to fail. */
export const GREEDY_ROW: SelectionRow = {
  adjustTokens: new Int32Array(0),
  adjustPenalty: new Float32Array(0),
  adjustBias: new Float32Array(0),
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  uniform: 0,
  logprobs: undefined,
};

/** Throws `bad_option` if a field of the row is out of range. Adjustments are not checked here. */
export function checkRow(row: SelectionRow, vocabSize: number): void {
  const { temperature, topK, topP, minP, typicalP, uniform, logprobs = 0 } = row;
  demand('temperature', temperature, temperature >= 0 && Number.isFinite(temperature));
  demand('topK', topK, Number.isInteger(topK) && topK >= 0 && topK <= LARGEST_WORD);
  demand('topP', topP, isShare(topP));
  demand('minP', minP, isShare(minP));
  demand('typicalP', typicalP, isShare(typicalP));
  demand('the random number', uniform, uniform >= 0 && uniform < 1);
  demand('logprobs', logprobs, Number.isInteger(logprobs) && logprobs >= 0 && logprobs <= vocabSize);
}

/** Returns the error for an adjustment that a backend cannot process; undefined if it is valid. */
export function adjustmentFault(
  token: number,
  penalty: number,
  bias: number,
  vocabSize: number,
): QuireError | undefined {
  const usable = token >= 0 && token < vocabSize && penalty > 0 && penalty < INFINITE && bias < INFINITE;
  return usable ? undefined : refusal(`token ${token} with penalty ${penalty} and bias`, bias);
}

const isShare = (value: number): boolean => value >= 0 && value <= 1;

function demand(what: string, value: number, holds: boolean): void {
  if (!holds) throw refusal(what, value);
}

const refusal = (what: string, value: number): QuireError =>
  new QuireError(
    'bad_option',
    `no token can be chosen with ${what} ${value}`,
    'correct the sampling options',
  );
