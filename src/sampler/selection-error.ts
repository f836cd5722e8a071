// Creates the error of a request for which no token can be chosen. It contains the number of tokens that each option
// forbids, or states that the logits are not finite.

import { QuireError } from '../base/errors.ts';
import type { SelectionFailure } from '../base/step/selection.ts';
import { forbiddenTokens, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';

/** @param sequence the sequence at the time of the failure */
export function selectionError(
  failure: SelectionFailure,
  parameters: SamplingParameters,
  sequence: SampledSequence,
): QuireError {
  const position = `token ${sequence.tokens.length - sequence.promptLength + 1} of the answer`;
  if (failure === 'bad_logits') {
    const message = `the logits for ${position} are not finite numbers`;
    return new QuireError(failure, message, 'the weights may be damaged: download the model again');
  }
  const { byBias, byBadWords, byMinTokens } = forbiddenTokens(parameters, sequence);
  const reasons = [
    describeCount('logitBias', byBias),
    describeCount('badWords and badTokens', byBadWords),
    describeCount('minTokens', byMinTokens),
  ].join('');
  return new QuireError(failure, `every token is forbidden as ${position}${reasons}`, 'forbid fewer tokens');
}

const describeCount = (option: string, tokens: readonly number[]): string =>
  tokens.length === 0 ? '' : `, ${new Set(tokens).size} by ${option}`;
