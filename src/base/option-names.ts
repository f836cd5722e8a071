// An option that is not known is refused by name, with the nearest one that is: what is silently ignored is
// what people lose an afternoon to. TypeScript catches most of it; JavaScript and JSON do not.

import { QuireError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** Raises `unknown_option` when `given` has a key that is not in `known`. */
export function checkOptionNames(given: object, known: readonly string[], where: string): void {
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
