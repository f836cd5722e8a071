// What Python's jinja renders and Quire refuses, by name. docs/templates.md says the same with the reasons, and a
// test holds the two against each other.

import { UnsupportedFeatureError } from './errors.ts';

export const UNSUPPORTED_FEATURES = [
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

export type UnsupportedFeature = (typeof UNSUPPORTED_FEATURES)[number];

export function unsupported(what: UnsupportedFeature): never {
  throw new UnsupportedFeatureError(`${what} is not supported: see "What is refused" in docs/templates.md`);
}
