// What a request is told when no token could be chosen for it: which of its options forbade how many, or that
// the model is at fault.

import { QuireError } from '../base/errors.ts';
import type { SelectionFailure } from '../base/step/selection.ts';
import { forbiddenTokens, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';

/** @param sequence as it was when no token could be chosen */
export function selectionError(
  failure: SelectionFailure,
  parameters: SamplingParameters,
  sequence: SampledSequence,
): QuireError {
  const place = `token ${sequence.tokens.length - sequence.promptLength + 1} of the answer`;
  if (failure === 'bad_logits') {
    const what = `the model's logits for ${place} are not finite numbers`;
    return new QuireError(failure, what, 'its weights may be damaged: get the model again');
  }
  const { byBias, byBadWords, byMinTokens } = forbiddenTokens(parameters, sequence);
  const reasons = [
    count('logitBias', byBias),
    count('badWords and badTokens', byBadWords),
    count('minTokens', byMinTokens),
  ].join('');
  return new QuireError(failure, `every token is forbidden as ${place}${reasons}`, 'forbid fewer tokens');
}

const count = (option: string, tokens: readonly number[]): string =>
  tokens.length === 0 ? '' : `, ${new Set(tokens).size} by ${option}`;
