// Names of the features that Python's jinja supports and Quire does not. docs/templates.md lists them with the reasons,
// and a test compares the two lists.

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

export function raiseUnsupported(feature: UnsupportedFeature): never {
  throw new UnsupportedFeatureError(
    `${feature} is not supported: see "Unsupported features" in docs/templates.md`,
  );
}
