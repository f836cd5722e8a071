// The methods of Python's `str`, in one table. For markup, arguments are escaped and results are markup.

import { chain, runToPause } from '../paused.ts';
import { unsupported } from '../unsupported.ts';
import { asMarkup, escapedArgument, stringOf } from '../values/markup.ts';
import {
  type Arguments,
  type Markup,
  NativeFunction,
  type RenderState,
  type Value,
} from '../values/values.ts';
import { formatMapped, formatTemplate } from './str-format.ts';
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
  ['format', (text, given, state) => runToPause(formatTemplate(text, given, state))],
  ['format_map', (text, given, state) => runToPause(formatMapped(text, given, state))],
  ['encode', () => unsupported('method encode')],
  ['casefold', () => unsupported('method casefold')],
  ['translate', () => unsupported('method translate')],
  ['maketrans', () => unsupported('method maketrans')],
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

/** Returns the method of that name, or undefined. */
export function stringMethod(text: string | Markup, name: string, state: RenderState): Value | undefined {
  const method = METHODS.get(name);
  if (method === undefined) return undefined;
  if (typeof text === 'string')
    return new NativeFunction((given) => method(text, given, state), 'builtin_function_or_method');
  return new NativeFunction((given) => {
    if (UNWRAPPED_METHODS.has(name)) return method(text.text, given, state);
    return chain(method(stringOf(text), escapedArguments(name, given), state), asMarkup);
  }, 'method');
}

function escapedArguments(name: string, { positional, named }: Arguments): Arguments {
  const safe = (value: Value): Value =>
    name === 'join' && Array.isArray(value) ? value.map(escapedArgument) : escapedArgument(value);
  return {
    positional: positional.map(safe),
    named: new Map(Array.from(named, ([key, value]) => [key, safe(value)])),
  };
}
