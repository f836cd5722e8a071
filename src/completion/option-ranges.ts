// Checks and describes the valid values of the options in the table of sampling options. The checks of the library, the schemas
// of HTTP and the chat socket, the page and the documentation use these functions.

import { type NumberOption, type SamplingOption, type TextsOption, UNLIMITED } from './sampling-options.ts';

/**
 * The maximum priority. It is limited because the scheduler adds the age of a request to its priority: with a much higher
 * priority, the age would have no effect.
 */
export const MAX_PRIORITY = 100;

/** Returns whether `value` is valid for an option. */
export function acceptsNumber(option: NumberOption, value: unknown): value is number {
  if (typeof value !== 'number') return false;
  if (option.exceptions !== undefined && Object.hasOwn(option.exceptions, value)) return true;
  if (option.integer && !Number.isSafeInteger(value)) return false;
  const { from, to, exclusive = false } = option;
  return (exclusive ? value > from : value >= from) && value <= to;
}

/** Returns the range of a number in words, for example `a whole number of at least 0, or -1`. */
export function describeRange(option: NumberOption): string {
  const { integer, from, to, exclusive = false, exceptions = {} } = option;
  const kind = integer ? 'a whole number' : 'a number';
  const exceptionTexts = Object.keys(exceptions).map((value) => `, or ${value}`);
  if (exclusive) return `${kind} above ${from}, at most ${to}${exceptionTexts.join('')}`;
  return `${kind} ${to === UNLIMITED ? `of at least ${from}` : `from ${from} to ${to}`}${exceptionTexts.join('')}`;
}

/** Returns the valid values of an option in words. */
export function describeValues(option: SamplingOption): string {
  switch (option.kind) {
    case 'number':
      return describeRange(option);
    case 'texts':
      return `${option.single ? 'a text or ' : ''}at most ${option.maxItems} non-empty texts${describeTextLimits(option)}`;
    case 'tokens':
      return `at most ${option.maxItems} token ids`;
    case 'sequences':
      return `at most ${option.maxItems} non-empty lists of token ids, with at most ${option.maxTotalLength} ids in total`;
    case 'biases':
      return `at most ${option.maxItems} token ids, each with a number from -${option.maxBias} to ${option.maxBias} or -Infinity`;
  }
}

function describeTextLimits({ maxLength, maxTotalLength }: TextsOption): string {
  const each = maxLength === undefined ? '' : `, with at most ${maxLength} characters each`;
  const total = maxTotalLength === undefined ? '' : `, with at most ${maxTotalLength} characters in total`;
  return each + total;
}
