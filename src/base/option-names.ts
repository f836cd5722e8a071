// Checks of option names and simple values. An unknown option is rejected, with the nearest known name as a hint,
// instead of being ignored. TypeScript catches most such mistakes; callers from JavaScript and JSON need the check at
// run time.

import { QuireError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/**
 * Throws `unknown_option` when `given` has a key that is not in `knownNames`, or `bad_option` when it is not an object.
 */
export function checkOptionNames(given: object, knownNames: readonly string[], owner: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const hint = `pass an object with the options ${knownNames.join(', ')}`;
    throw new QuireError(
      'bad_option',
      `${owner} needs an object of options, got ${describeType(given)}`,
      hint,
    );
  }
  for (const name of Object.keys(given)) {
    if (knownNames.includes(name)) continue;
    const nearest = nearestName(name, knownNames);
    const hint =
      nearest === undefined ? `the options are ${knownNames.join(', ')}` : `did you mean ${nearest}?`;
    throw new QuireError(
      'unknown_option',
      `${owner} has no option ${JSON.stringify(name.slice(0, 64))}`,
      hint,
    );
  }
}

/** Throws `bad_option` when `value` is not one of `choices`. */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const hint = `use one of ${choices.join(', ')}`;
  throw new QuireError('bad_option', `${name} is ${JSON.stringify(value)}`, hint);
}

/** Returns `value` when it is a whole number from `min` to `max`; throws `bad_option` otherwise. */
export function checkInteger(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const unchecked: unknown = value;
  const shownValue = typeof unchecked === 'number' ? String(unchecked) : describeType(unchecked);
  throw new QuireError('bad_option', `${name} is ${shownValue}`, `use a whole number from ${min} to ${max}`);
}

/** Throws `bad_option` when `value` is not a string. */
export function checkString(name: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new QuireError('bad_option', `${name} is ${describeType(value)}`, 'pass a string');
}

/** Returns the kind of a value, for error messages: `a number`, `an array`, `undefined`. */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
