// Checks the selection row of a request before it is added to a step with other requests. If no backend can process the row,
// only its request fails, instead of the entire step. Adjustments are checked when they are computed (token-adjustments.ts),
// because a row can have as many adjustments as its text has distinct tokens.

import { QuireError } from '../base/errors.ts';
import type { SelectionRow } from '../base/step/selection.ts';

const MAX_INT32 = 2 ** 31 - 1;
const INFINITY = Number.POSITIVE_INFINITY;

/** Chooses the most probable token. Every backend can process this row; it is used for requests that are about to fail. */
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
  requireValid('temperature', temperature, temperature >= 0 && Number.isFinite(temperature));
  requireValid('topK', topK, Number.isInteger(topK) && topK >= 0 && topK <= MAX_INT32);
  requireValid('topP', topP, isFraction(topP));
  requireValid('minP', minP, isFraction(minP));
  requireValid('typicalP', typicalP, isFraction(typicalP));
  requireValid('the random number', uniform, uniform >= 0 && uniform < 1);
  requireValid('logprobs', logprobs, Number.isInteger(logprobs) && logprobs >= 0 && logprobs <= vocabSize);
}

/** Returns the error for an adjustment that a backend cannot process; undefined if it is valid. */
export function adjustmentError(
  token: number,
  penalty: number,
  bias: number,
  vocabSize: number,
): QuireError | undefined {
  const isValid = token >= 0 && token < vocabSize && penalty > 0 && penalty < INFINITY && bias < INFINITY;
  return isValid ? undefined : rowError(`token ${token} with penalty ${penalty} and bias`, bias);
}

const isFraction = (value: number): boolean => value >= 0 && value <= 1;

function requireValid(field: string, value: number, isValid: boolean): void {
  if (!isValid) throw rowError(field, value);
}

const rowError = (field: string, value: number): QuireError =>
  new QuireError(
    'bad_option',
    `no token can be chosen with ${field} ${value}`,
    'correct the sampling options',
  );
