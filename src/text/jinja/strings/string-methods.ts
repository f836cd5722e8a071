// The table of the methods of Python's `str`. For markup, arguments are escaped and results are markup.

import { chain, runUntilPause } from '../paused.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { asMarkup, escapeArgument, stringOf } from '../values/markup.ts';
import {
  type Arguments,
  type Markup,
  NativeFunction,
  type RenderState,
  type Value,
} from '../values/values.ts';
import { formatWithArguments, formatWithMapping } from './str-format.ts';
import { CASE_METHODS } from './string-case.ts';
import type { StringMethod } from './string-method.ts';
import { PADDING_METHODS } from './string-padding.ts';
import { PREDICATE_METHODS } from './string-predicates.ts';
import { SEARCH_METHODS } from './string-search.ts';
import { SPLIT_METHODS } from './string-split.ts';

const METHODS: ReadonlyMap<string, StringMethod> = new Map<string, StringMethod>([
  ...CASE_METHODS,
  ...PREDICATE_METHODS,
  ...SPLIT_METHODS,
  ...PADDING_METHODS,
  ...SEARCH_METHODS,
  ['format', (text, args, state) => runUntilPause(formatWithArguments(text, args, state))],
  ['format_map', (text, args, state) => runUntilPause(formatWithMapping(text, args, state))],
  ['encode', () => raiseUnsupported('method encode')],
  ['casefold', () => raiseUnsupported('method casefold')],
  ['translate', () => raiseUnsupported('method translate')],
  ['maketrans', () => raiseUnsupported('method maketrans')],
]);

/** Methods that markupsafe does not wrap, or that return no string. */
const UNWRAPPED_METHODS = new Set([
  'find',
  'rfind',
  'index',
  'rindex',
  'count',
  'startswith',
  'endswith',
  'encode',
]);

/** Returns the method `name` of a string; undefined if there is none. */
export function findStringMethod(text: string | Markup, name: string, state: RenderState): Value | undefined {
  const method = METHODS.get(name);
  if (method === undefined) return undefined;
  if (typeof text === 'string')
    return new NativeFunction((args) => method(text, args, state), 'builtin_function_or_method');
  return new NativeFunction((args) => {
    if (UNWRAPPED_METHODS.has(name)) return method(text.text, args, state);
    return chain(method(stringOf(text), escapeArguments(name, args), state), asMarkup);
  }, 'method');
}

function escapeArguments(name: string, { positional, named }: Arguments): Arguments {
  const escapeValue = (value: Value): Value =>
    name === 'join' && Array.isArray(value) ? value.map(escapeArgument) : escapeArgument(value);
  return {
    positional: positional.map(escapeValue),
    named: new Map(Array.from(named, ([key, value]) => [key, escapeValue(value)])),
  };
}
