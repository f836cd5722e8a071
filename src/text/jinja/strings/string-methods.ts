// The methods of Python's `str`, in one table. Of a markup text the arguments are escaped and the results markup.

import { after, begin } from '../paused.ts';
import { refused } from '../unsupported.ts';
import { asMarkup, escapedArgument, markupText } from '../values/markup.ts';
import { type Arguments, type Markup, NativeFunction, type Run, type Value } from '../values/values.ts';
import { formatMapped, formatText } from './str-format.ts';
import { CASING } from './string-case.ts';
import type { TextMethod } from './string-method.ts';
import { PADDING } from './string-padding.ts';
import { CHECKS } from './string-predicates.ts';
import { SEARCHING } from './string-search.ts';
import { CUTTING } from './string-split.ts';

const METHODS: ReadonlyMap<string, TextMethod> = new Map<string, TextMethod>([
  ...CASING,
  ...CHECKS,
  ...CUTTING,
  ...PADDING,
  ...SEARCHING,
  ['format', (text, given, run) => begin(formatText(text, given, run))],
  ['format_map', (text, given, run) => begin(formatMapped(text, given, run))],
  ['encode', () => refused('method encode')],
  ['casefold', () => refused('method casefold')],
  ['translate', () => refused('method translate')],
  ['maketrans', () => refused('method maketrans')],
]);

/** Those that markupsafe does not wrap, or that give no text. */
const PLAIN = new Set(['find', 'rfind', 'index', 'rindex', 'count', 'startswith', 'endswith', 'encode']);

/** The method of that name; undefined where there is none. */
export function textMethod(text: string | Markup, name: string, run: Run): Value | undefined {
  const method = METHODS.get(name);
  if (method === undefined) return undefined;
  if (typeof text === 'string')
    return new NativeFunction((given) => method(text, given, run), 'builtin_function_or_method');
  return new NativeFunction((given) => {
    if (PLAIN.has(name)) return method(text.text, given, run);
    return after(method(markupText(text), escapedArguments(name, given), run), asMarkup);
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
