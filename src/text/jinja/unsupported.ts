// What Python's jinja renders and Quire refuses, by name. docs/templates.md says the same with the reasons, and a
// test holds the two against each other.

import { RefusedError } from './errors.ts';

export const REFUSED = [
  'filter pprint',
  'filter random',
  'filter striptags',
  'filter urlize',
  'filter wordwrap',
  'method encode',
  'method casefold',
  'method translate',
  'method maketrans',
  'function lipsum',
  'autoescape',
  'self',
  'required block',
  'character by name',
  'complex number',
  'attribute of a function',
  'printing a function',
  'printing a generator',
] as const;

export type Refused = (typeof REFUSED)[number];

export function refused(what: Refused): never {
  throw new RefusedError(`${what} is not supported: see "What is refused" in docs/templates.md`);
}
