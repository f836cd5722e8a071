// Filters on strings. Other values are converted to strings where Python does that.

import type { Steps } from '../../../base/steps.ts';
import { isPythonSpace } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { chain, runToPause } from '../paused.ts';
import { applyCase, type CaseMapping, capitalized, LOWER, UPPER } from '../strings/string-case.ts';
import { center, repeat } from '../strings/string-padding.ts';
import { joinStrings, replaceOccurrences, splitLines } from '../strings/string-split.ts';
import { stripString } from '../strings/string-strip.ts';
import { type BoundArguments, bind } from '../values/arguments.ts';
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

/** Creates a filter that changes case; markup stays markup. */
const caseFilter =
  (name: string, change: CaseMapping): Filter =>
  (value, given, state) => {
    bind(name, [], given);
    return chain(runToPause(applyCase(str(value, state), change, state)), (text) => asSameType(value, text));
  };

/** Returns the string, for filters that call a method of it in Python. */
function requireString(name: string, value: Value): string {
  if (isString(value)) return stringOf(value);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `${name} needs a string, got a ${typeName(value)}`);
}

// Upper-cases the first letter after white space or an opening bracket or hyphen: "they're" -> "They're".
const titled: CaseMapping = (marked) => {
  let first = true;
  return (part) =>
    marked
      .characters(part)
      .map((character) => {
        const atStart = first;
        const clean = marked.clean(character);
        first = '-({[<'.includes(clean) || isPythonSpace(clean.charCodeAt(0));
        return atStart ? character.toUpperCase() : character.toLowerCase();
      })
      .join('');
};

function replaceFilter(value: Value, given: Arguments, state: RenderState): ReturnType<Filter> {
  const bound = bind('replace', ['old', 'new', 'count'], given);
  const [old, other] = [str(bound.required('old'), state), str(bound.required('new'), state)];
  return runToPause(replaceOccurrences(str(value, state), old, other, bound.integer('count') ?? -1, state));
}

function* indent(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const width = given.value('width') ?? 4;
  const space = isString(width) ? stringOf(width) : repeat(' ', given.integer('width') ?? 4, state);
  const text = requireString('indent', value);
  const [first = '', ...rest] = yield* splitLines(`${text}\n`, false, state);
  state.budget.allocate(text.length + space.length * (rest.length + 1));
  const blank = given.flag('blank');
  const others = rest.map((line) => (line === '' && !blank ? line : space + line));
  const whole = [first, ...others].join('\n');
  return asSameType(value, given.flag('first') ? space + whole : whole);
}

function truncate(value: Value, given: BoundArguments, state: RenderState): Value {
  const size = lengthOf(value, state) ?? raise('TypeError', `a ${typeName(value)} has no length`);
  const length = given.integer('length') ?? 255;
  const end = given.string('end') ?? '...';
  const [contentLength, leeway] = [length - state.markedStrings.length(end), given.integer('leeway') ?? 5];
  if (contentLength < 0 || leeway < 0)
    raise(
      'ValueError',
      'truncate: length must be at least the length of end, and leeway must not be negative',
    );
  if (size <= length + leeway) return value;
  const text = requireString('truncate', value);
  const start = state.markedStrings.characters(text).slice(0, contentLength).join('');
  if (given.flag('killwords')) return start + end;
  const space = start.lastIndexOf(' ');
  return (space < 0 ? start : start.slice(0, space)) + end;
}

function* join(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const attribute = given.value('attribute');
  const get = createAttributeGetter(attribute ?? null, state);
  const parts: string[] = [];
  for (const item of itemsOf(value, state)) {
    parts.push(yield* strSteps(get(item), state));
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return joinStrings(parts, str(given.given('d', ''), state), state);
}

const WORDS = /[\p{L}\p{N}_]+/gu;

function format(value: Value, { positional, named }: Arguments, state: RenderState): ReturnType<Filter> {
  if (positional.length > 0 && named.size > 0)
    raise('TypeError', 'format accepts positional or named values, not both');
  const values = named.size > 0 ? dictOf(named, state.clean) : new Tuple(positional);
  return applyOperator('%', isString(value) ? value : str(value, state), values, state);
}

const UNRESERVED = /[A-Za-z0-9_.~-]/;

/** Same as `urllib.parse.quote`. Keeps marks. */
function urlQuote(value: Value, query: boolean, state: RenderState): string {
  const encoder = new TextEncoder();
  const text = str(value, state);
  state.budget.allocate(text.length * 3);
  const quoted = Array.from(text, (character) => {
    if (UNRESERVED.test(character) || state.markedStrings.isMark(character)) return character;
    if (character === '/' && !query) return character;
    if (character === ' ' && query) return '+';
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
    const [key, item, ...more] = itemsOf(pair, state);
    if (key === undefined || item === undefined || more.length > 0)
      raise('ValueError', 'urlencode needs pairs');
    return `${urlQuote(key, true, state)}=${urlQuote(item, true, state)}`;
  });
  return pairs.join('&');
}

function xmlAttributes(value: Value, given: BoundArguments, state: RenderState): string {
  if (!(value instanceof Dict)) raise('TypeError', 'xmlattr needs a dictionary');
  const parts: string[] = [];
  for (const [key, item] of value.entries()) {
    if (item === null || item instanceof Undefined) continue;
    const name = requireString('xmlattr', key);
    if (/[\s/>=]/.test(name)) raise('ValueError', `${JSON.stringify(name)} is not a valid attribute name`);
    parts.push(`${escapeValue(key, state).text}="${escapeValue(item, state).text}"`);
  }
  const text = parts.join(' ');
  const space = given.value('autospace') === undefined || given.flag('autospace');
  return space && text !== '' ? ` ${text}` : text;
}

function escapeValue(value: Value, state: RenderState): Markup {
  if (value instanceof Markup) return value;
  const text = escapeHtml(str(value, state));
  state.budget.allocate(text.length);
  return new Markup(text);
}

const escapeFilter: Filter = (value, given, state) => {
  bind('escape', [], given);
  return escapeValue(value, state);
};

export const STRING_FILTERS: FilterTable = {
  capitalize: caseFilter('capitalize', capitalized),
  lower: caseFilter('lower', LOWER),
  upper: caseFilter('upper', UPPER),
  title: (value, given, state) => {
    bind('title', [], given);
    return runToPause(applyCase(str(value, state), titled, state));
  },
  center: (value, given, state) => {
    const width = bind('center', ['width'], given).integer('width') ?? 80;
    return asSameType(value, center(str(value, state), width, state));
  },
  trim: (value, given, state) => {
    const chars = bind('trim', ['chars'], given).string('chars');
    return chain(runToPause(stripString(str(value, state), chars, true, true, state)), (text) =>
      asSameType(value, text),
    );
  },
  replace: replaceFilter,
  indent: (value, given, state) =>
    runToPause(indent(value, bind('indent', ['width', 'first', 'blank'], given), state)),
  truncate: (value, given, state) =>
    truncate(value, bind('truncate', ['length', 'killwords', 'end', 'leeway'], given), state),
  join: (value, given, state) => runToPause(join(value, bind('join', ['d', 'attribute'], given), state)),
  wordcount: (value, given, state) => {
    bind('wordcount', [], given);
    return state.clean(str(value, state)).match(WORDS)?.length ?? 0;
  },
  format,
  string: (value, given, state) => {
    bind('string', [], given);
    return value instanceof Markup ? value : runToPause(strSteps(value, state));
  },
  urlencode: (value, given, state) => {
    bind('urlencode', [], given);
    return urlencode(value, state);
  },
  xmlattr: (value, given, state) => xmlAttributes(value, bind('xmlattr', ['autospace'], given), state),
  e: escapeFilter,
  escape: escapeFilter,
  forceescape: (value, given, state) => {
    bind('forceescape', [], given);
    return escapeValue(str(value, state), state);
  },
  safe: (value, given, state) => {
    bind('safe', [], given);
    return new Markup(str(value, state));
  },
  reverse: (value, given, state) => {
    bind('reverse', [], given);
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
