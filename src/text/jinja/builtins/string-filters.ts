// Filters on strings. Other values are converted to strings if Python's filter does so.

import type { Steps } from '../../../base/steps.ts';
import { isPythonSpace } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { chain, runUntilPause } from '../paused.ts';
import { applyCase, CAPITALIZE, type CaseMapping, LOWER, UPPER } from '../strings/string-case.ts';
import { center, repeat } from '../strings/string-padding.ts';
import { joinStrings, replaceOccurrences, splitLines } from '../strings/string-split.ts';
import { stripString } from '../strings/string-strip.ts';
import { type BoundArguments, bindArguments } from '../values/arguments.ts';
import { Dict, dictOf } from '../values/dict.ts';
import { itemsOf, lengthOf } from '../values/iterate.ts';
import { asSameType, escapeHtml, stringOf } from '../values/markup.ts';
import { createAttributeGetter } from '../values/members.ts';
import { applyOperator } from '../values/operators.ts';
import { str, strSteps } from '../values/str.ts';
import {
  type Arguments,
  isString,
  Markup,
  OneShotIterator,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';

/** Creates a filter that changes case; the result for markup is markup. */
const caseFilter =
  (name: string, mapping: CaseMapping): Filter =>
  (value, args, state) => {
    bindArguments(name, [], args);
    return chain(runUntilPause(applyCase(str(value, state), mapping, state)), (text) =>
      asSameType(value, text),
    );
  };

/** Returns a string value. Raises an error for other values, as Python does for filters that call a string method. */
function requireString(name: string, value: Value): string {
  if (isString(value)) return stringOf(value);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `${name} needs a string, got a ${typeName(value)}`);
}

// Upper-cases the first letter after white space or an opening bracket or hyphen: "they're" -> "They're".
const TITLE: CaseMapping = (marked) => {
  let isWordStart = true;
  return (part) =>
    marked
      .characters(part)
      .map((character) => {
        const wasWordStart = isWordStart;
        const clean = marked.clean(character);
        isWordStart = '-({[<'.includes(clean) || isPythonSpace(clean.charCodeAt(0));
        return wasWordStart ? character.toUpperCase() : character.toLowerCase();
      })
      .join('');
};

function replaceFilter(value: Value, args: Arguments, state: RenderState): ReturnType<Filter> {
  const boundArguments = bindArguments('replace', ['old', 'new', 'count'], args);
  const [old, replacement] = [
    str(boundArguments.required('old'), state),
    str(boundArguments.required('new'), state),
  ];
  return runUntilPause(
    replaceOccurrences(str(value, state), old, replacement, boundArguments.integer('count') ?? -1, state),
  );
}

function* indent(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const width = args.value('width') ?? 4;
  const indentation = isString(width) ? stringOf(width) : repeat(' ', args.integer('width') ?? 4, state);
  const text = requireString('indent', value);
  const [first = '', ...otherLines] = yield* splitLines(`${text}\n`, false, state);
  state.budget.allocate(text.length + indentation.length * (otherLines.length + 1));
  const indentBlankLines = args.flag('blank');
  const indented = otherLines.map((line) => (line === '' && !indentBlankLines ? line : indentation + line));
  const result = [first, ...indented].join('\n');
  return asSameType(value, args.flag('first') ? indentation + result : result);
}

function truncate(value: Value, args: BoundArguments, state: RenderState): Value {
  const textLength = lengthOf(value, state) ?? raise('TypeError', `a ${typeName(value)} has no length`);
  const maxLength = args.integer('length') ?? 255;
  const end = args.string('end') ?? '...';
  const [contentLength, leeway] = [maxLength - state.markedStrings.length(end), args.integer('leeway') ?? 5];
  if (contentLength < 0 || leeway < 0)
    raise(
      'ValueError',
      'truncate: length must be at least the length of end, and leeway must not be negative',
    );
  if (textLength <= maxLength + leeway) return value;
  const text = requireString('truncate', value);
  const content = state.markedStrings.characters(text).slice(0, contentLength).join('');
  if (args.flag('killwords')) return content + end;
  const lastSpace = content.lastIndexOf(' ');
  return (lastSpace < 0 ? content : content.slice(0, lastSpace)) + end;
}

function* join(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const attribute = args.value('attribute');
  const getAttribute = createAttributeGetter(attribute ?? null, state);
  const parts: string[] = [];
  for (const item of itemsOf(value, state)) {
    parts.push(yield* strSteps(getAttribute(item), state));
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return joinStrings(parts, str(args.argument('d', ''), state), state);
}

const WORDS = /[\p{L}\p{N}_]+/gu;

function format(value: Value, { positional, named }: Arguments, state: RenderState): ReturnType<Filter> {
  if (positional.length > 0 && named.size > 0)
    raise('TypeError', 'format accepts positional or named values, not both');
  const values = named.size > 0 ? dictOf(named, state.clean) : new Tuple(positional);
  return applyOperator('%', isString(value) ? value : str(value, state), values, state);
}

const UNRESERVED = /[A-Za-z0-9_.~-]/;

/** Quotes like `urllib.parse.quote`, or `quote_plus` for a query. Guard marks are preserved. */
function urlQuote(value: Value, isQuery: boolean, state: RenderState): string {
  const encoder = new TextEncoder();
  const text = str(value, state);
  state.budget.allocate(text.length * 3);
  const quoted = Array.from(text, (character) => {
    if (UNRESERVED.test(character) || state.markedStrings.isMark(character)) return character;
    if (character === '/' && !isQuery) return character;
    if (character === ' ' && isQuery) return '+';
    return Array.from(
      encoder.encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  });
  return quoted.join('');
}

function urlencode(value: Value, state: RenderState): string {
  const dict = value instanceof Dict ? Array.from(value.entries(), (entry) => new Tuple(entry)) : undefined;
  if (dict === undefined && !Array.isArray(value) && !(value instanceof Tuple))
    return urlQuote(value, false, state);
  const pairs = (dict ?? itemsOf(value, state)).map((pair) => {
    const [key, item, ...extra] = itemsOf(pair, state);
    if (key === undefined || item === undefined || extra.length > 0)
      raise('ValueError', 'urlencode needs pairs');
    return `${urlQuote(key, true, state)}=${urlQuote(item, true, state)}`;
  });
  return pairs.join('&');
}

function xmlAttributes(value: Value, args: BoundArguments, state: RenderState): string {
  if (!(value instanceof Dict)) raise('TypeError', 'xmlattr needs a dictionary');
  const parts: string[] = [];
  for (const [key, item] of value.entries()) {
    if (item === null || item instanceof Undefined) continue;
    const name = requireString('xmlattr', key);
    if (/[\s/>=]/.test(name)) raise('ValueError', `${JSON.stringify(name)} is not a valid attribute name`);
    parts.push(`${escapeValue(key, state).text}="${escapeValue(item, state).text}"`);
  }
  const text = parts.join(' ');
  const addsSpace = args.value('autospace') === undefined || args.flag('autospace');
  return addsSpace && text !== '' ? ` ${text}` : text;
}

function escapeValue(value: Value, state: RenderState): Markup {
  if (value instanceof Markup) return value;
  const text = escapeHtml(str(value, state));
  state.budget.allocate(text.length);
  return new Markup(text);
}

const escapeFilter: Filter = (value, args, state) => {
  bindArguments('escape', [], args);
  return escapeValue(value, state);
};

export const STRING_FILTERS: FilterTable = {
  capitalize: caseFilter('capitalize', CAPITALIZE),
  lower: caseFilter('lower', LOWER),
  upper: caseFilter('upper', UPPER),
  title: (value, args, state) => {
    bindArguments('title', [], args);
    return runUntilPause(applyCase(str(value, state), TITLE, state));
  },
  center: (value, args, state) => {
    const width = bindArguments('center', ['width'], args).integer('width') ?? 80;
    return asSameType(value, center(str(value, state), width, state));
  },
  trim: (value, args, state) => {
    const chars = bindArguments('trim', ['chars'], args).string('chars');
    return chain(runUntilPause(stripString(str(value, state), chars, true, true, state)), (text) =>
      asSameType(value, text),
    );
  },
  replace: replaceFilter,
  indent: (value, args, state) =>
    runUntilPause(indent(value, bindArguments('indent', ['width', 'first', 'blank'], args), state)),
  truncate: (value, args, state) =>
    truncate(value, bindArguments('truncate', ['length', 'killwords', 'end', 'leeway'], args), state),
  join: (value, args, state) =>
    runUntilPause(join(value, bindArguments('join', ['d', 'attribute'], args), state)),
  wordcount: (value, args, state) => {
    bindArguments('wordcount', [], args);
    return state.clean(str(value, state)).match(WORDS)?.length ?? 0;
  },
  format,
  string: (value, args, state) => {
    bindArguments('string', [], args);
    return value instanceof Markup ? value : runUntilPause(strSteps(value, state));
  },
  urlencode: (value, args, state) => {
    bindArguments('urlencode', [], args);
    return urlencode(value, state);
  },
  xmlattr: (value, args, state) => xmlAttributes(value, bindArguments('xmlattr', ['autospace'], args), state),
  e: escapeFilter,
  escape: escapeFilter,
  forceescape: (value, args, state) => {
    bindArguments('forceescape', [], args);
    return escapeValue(str(value, state), state);
  },
  safe: (value, args, state) => {
    bindArguments('safe', [], args);
    return new Markup(str(value, state));
  },
  reverse: (value, args, state) => {
    bindArguments('reverse', [], args);
    if (isString(value))
      return asSameType(value, state.markedStrings.characters(stringOf(value)).reverse().join(''));
    return reverseItems(value, state);
  },
};

function reverseItems(value: Value, state: RenderState): Value {
  const items = itemsOf(value, state);
  state.budget.step(items.length);
  const isSequence = lengthOf(value, state) !== undefined && !(value instanceof Undefined);
  const reversed = [...items].reverse();
  return isSequence ? new OneShotIterator(reversed, 'list_reverseiterator') : reversed;
}
