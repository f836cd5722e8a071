// The methods of Python's `str`, in one table. Of a markup text the arguments are escaped and the results markup.

import { after, begin } from './later.ts';
import { asMarkup, escapedArgument, markupText } from './markup.ts';
import { refused } from './refused.ts';
import { formatMapped, formatText } from './str-format.ts';
import { CASING } from './text-casing.ts';
import { CHECKS } from './text-checks.ts';
import { CUTTING } from './text-cutting.ts';
import type { TextMethod } from './text-method.ts';
import { PADDING } from './text-padding.ts';
import { SEARCHING } from './text-searching.ts';
import { type Arguments, type Markup, NativeFunction, type Run, type Value } from './values.ts';

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
