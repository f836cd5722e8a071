// An option that is not known is refused by name, with the nearest one that is: what is silently ignored is
// what people lose an afternoon to. TypeScript catches most of it; JavaScript and JSON do not.

import { QuireError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** Raises `unknown_option` when `given` has a key that is not in `known`, and `bad_option` when it is no object. */
export function checkOptionNames(given: object, known: readonly string[], where: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const hint = `it takes an object with the options ${known.join(', ')}`;
    throw new QuireError('bad_option', `${where} is given ${kindOf(given)}`, hint);
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `it takes ${known.join(', ')}` : `did you mean ${nearest}?`;
    throw new QuireError('unknown_option', `${where} has no option ${JSON.stringify(name)}`, hint);
  }
}

/** Raises `bad_option` when `value` is not one of `known`. */
export function checkChoice(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  const hint = `it takes ${known.join(', ')}`;
  throw new QuireError('bad_option', `${name} is ${JSON.stringify(value)}`, hint);
}

/** `value` when it is a whole number in the range, else `bad_option`. */
export function wholeOption(name: string, value: number, from: number, to: number): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  throw new QuireError('bad_option', `${name} is ${value}`, `it takes a whole number from ${from} to ${to}`);
}

/** Raises `bad_option` when `value` is not a text. */
export function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new QuireError('bad_option', `${name} is ${kindOf(value)}`, 'it takes a text');
}

/** What a value is, for a message about a value that should have been another. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
