// The valid values of the options in the table, used by the library's checks, the schemas of HTTP and the chat socket, the
// page and the documentation.

import { ANY, type NumberOption, type SamplingOption } from './sampling-options.ts';

/** Higher priorities would make waiting time irrelevant: the age of a request counts in the same unit. */
export const HIGHEST_PRIORITY = 100;

/** Returns whether `value` is valid for an option. */
export function acceptsNumber(option: NumberOption, value: unknown): value is number {
  if (typeof value !== 'number') return false;
  if (option.also !== undefined && Object.hasOwn(option.also, value)) return true;
  if (option.whole && !Number.isSafeInteger(value)) return false;
  const { from, to, above = false } = option;
  return (above ? value > from : value >= from) && value <= to;
}

/** Returns the range of a number in words, for example `a whole number of at least 0, or -1`. */
export function rangeOf({ whole, from, to, above = false, also = {} }: NumberOption): string {
  const kind = whole ? 'a whole number' : 'a number';
  const others = Object.keys(also).map((value) => `, or ${value}`);
  if (above) return `${kind} above ${from}, at most ${to}${others.join('')}`;
  return `${kind} ${to === ANY ? `of at least ${from}` : `from ${from} to ${to}`}${others.join('')}`;
}

/** Returns the valid values of an option in words. */
export function valuesOf(option: SamplingOption): string {
  switch (option.kind) {
    case 'number':
      return rangeOf(option);
    case 'texts':
      return `${option.single ? 'a text or ' : ''}at most ${option.most} texts that are not empty${textBounds(option)}`;
    case 'tokens':
      return `at most ${option.most} token ids`;
    case 'sequences':
      return `at most ${option.most} lists of token ids, none empty, of ${option.maxTotalLength} ids together`;
    case 'biases':
      return `at most ${option.most} token ids, each with a number from -${option.largest} to ${option.largest} or -Infinity`;
  }
}

function textBounds({ longest, maxTotalLength }: { longest?: number; maxTotalLength?: number }): string {
  const each = longest === undefined ? '' : `, of ${longest} characters each`;
  return `${each}${maxTotalLength === undefined ? '' : `, of ${maxTotalLength} characters together`}`;
}
