// The error of a request for which no token could be chosen: how many tokens each of its options forbids, or that the
// model's logits are not finite.

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
    const what = `the model's logits for ${position} are not finite numbers`;
    return new QuireError(failure, what, 'the weights may be damaged: download the model again');
  }
  const { byBias, byBadWords, byMinTokens } = forbiddenTokens(parameters, sequence);
  const reasons = [
    count('logitBias', byBias),
    count('badWords and badTokens', byBadWords),
    count('minTokens', byMinTokens),
  ].join('');
  return new QuireError(failure, `every token is forbidden as ${position}${reasons}`, 'forbid fewer tokens');
}

const count = (option: string, tokens: readonly number[]): string =>
  tokens.length === 0 ? '' : `, ${new Set(tokens).size} by ${option}`;
