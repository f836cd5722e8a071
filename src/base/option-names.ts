// Checks of option names and simple values. An unknown option is refused with the nearest known name instead of being
// ignored. TypeScript catches most such mistakes; callers from JavaScript and JSON need the check at run time.

import { QuireError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** Throws `unknown_option` when `given` has a key that is not in `known`, or `bad_option` when it is not an object. */
export function checkOptionNames(given: object, known: readonly string[], where: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const hint = `pass an object with the options ${known.join(', ')}`;
    throw new QuireError('bad_option', `${where} needs an object of options, got ${kindOf(given)}`, hint);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `the options are ${known.join(', ')}` : `did you mean ${nearest}?`;
    throw new QuireError(
      'unknown_option',
      `${where} has no option ${JSON.stringify(name.slice(0, 64))}`,
      hint,
    );
  }
}

/** Throws `bad_option` when `value` is not one of `known`. */
export function checkChoice(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  const hint = `use one of ${known.join(', ')}`;
  throw new QuireError('bad_option', `${name} is ${JSON.stringify(value)}`, hint);
}

/** Returns `value` when it is a whole number in the range; throws `bad_option` otherwise. */
export function wholeOption(name: string, value: number, from: number, to: number): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  const given: unknown = value;
  const shown = typeof given === 'number' ? String(given) : kindOf(given);
  throw new QuireError('bad_option', `${name} is ${shown}`, `use a whole number from ${from} to ${to}`);
}

/** Throws `bad_option` when `value` is not a string. */
export function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new QuireError('bad_option', `${name} is ${kindOf(value)}`, 'pass a string');
}

/** Returns the kind of a value, for error messages: `a number`, `an array`, `undefined`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
