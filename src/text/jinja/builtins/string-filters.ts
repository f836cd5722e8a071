// Filters that take texts. Other values are taken for the text that they print as, where Python does that.

import type { Steps } from '../../../base/steps.ts';
import { isPythonSpace } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { after, begin } from '../paused.ts';
import { type Casing, capitalized, casedText, LOWER, UPPER } from '../strings/string-case.ts';
import { centered, repeated } from '../strings/string-padding.ts';
import { joinedText, lines, replaced } from '../strings/string-split.ts';
import { stripped } from '../strings/string-strip.ts';
import { type Bound, bind } from '../values/arguments.ts';
import { Dict, dictOf } from '../values/dict.ts';
import { itemsOf, lengthOf } from '../values/iterate.ts';
import { escapeHtml, markupText, textLike } from '../values/markup.ts';
import { attributeGetter } from '../values/members.ts';
import { operate } from '../values/operators.ts';
import { str, strSteps } from '../values/str.ts';
import {
  type Arguments,
  isText,
  Markup,
  type Run,
  Stream,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';

/** A filter that changes letters, which gives markup for markup. */
const cased =
  (name: string, change: Casing): Filter =>
  (value, given, run) => {
    bind(name, [], given);
    return after(begin(casedText(str(value, run), change, run)), (text) => textLike(value, text));
  };

/** What must be a text, as a method of it is called. */
function requireText(name: string, value: Value): string {
  if (isText(value)) return markupText(value);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `${name} takes a text, not a ${typeName(value)}`);
}

// The first letter after a border is large: "they're" -> "They're".
const titled: Casing = (marked) => {
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

function replaceFilter(value: Value, given: Arguments, run: Run): ReturnType<Filter> {
  const bound = bind('replace', ['old', 'new', 'count'], given);
  const [old, other] = [str(bound.required('old'), run), str(bound.required('new'), run)];
  return begin(replaced(str(value, run), old, other, bound.whole('count') ?? -1, run));
}

function* indented(value: Value, given: Bound, run: Run): Steps<Value> {
  const width = given.value('width') ?? 4;
  const space = isText(width) ? markupText(width) : repeated(' ', given.whole('width') ?? 4, run);
  const text = requireText('indent', value);
  const [first = '', ...rest] = yield* lines(`${text}\n`, false, run);
  run.budget.text(text.length + space.length * (rest.length + 1));
  const blank = given.flag('blank');
  const others = rest.map((line) => (line === '' && !blank ? line : space + line));
  const whole = [first, ...others].join('\n');
  return textLike(value, given.flag('first') ? space + whole : whole);
}

function truncated(value: Value, given: Bound, run: Run): Value {
  const size = lengthOf(value, run) ?? raise('TypeError', `a ${typeName(value)} has no length`);
  const length = given.whole('length') ?? 255;
  const end = given.text('end') ?? '...';
  const [room, leeway] = [length - run.marked.length(end), given.whole('leeway') ?? 5];
  if (room < 0 || leeway < 0) raise('ValueError', 'truncate: the length is shorter than what it ends with');
  if (size <= length + leeway) return value;
  const text = requireText('truncate', value);
  const start = run.marked.characters(text).slice(0, room).join('');
  if (given.flag('killwords')) return start + end;
  const space = start.lastIndexOf(' ');
  return (space < 0 ? start : start.slice(0, space)) + end;
}

function* joined(value: Value, given: Bound, run: Run): Steps<Value> {
  const attribute = given.value('attribute');
  const get = attributeGetter(attribute ?? null, run);
  const parts: string[] = [];
  for (const item of itemsOf(value, run)) {
    parts.push(yield* strSteps(get(item), run));
    run.budget.step();
    if (run.budget.due()) yield;
  }
  return joinedText(parts, str(given.given('d', ''), run), run);
}

const WORDS = /[\p{L}\p{N}_]+/gu;

function format(value: Value, { positional, named }: Arguments, run: Run): ReturnType<Filter> {
  if (positional.length > 0 && named.size > 0)
    raise('TypeError', 'format takes values by place or by name, not both');
  const values = named.size > 0 ? dictOf(named, run.clean) : new Tuple(positional);
  return operate('%', isText(value) ? value : str(value, run), values, run);
}

const UNRESERVED = /[A-Za-z0-9_.~-]/;

/** As `urllib.parse.quote`. Marks are kept. */
function urlQuoted(value: Value, query: boolean, run: Run): string {
  const encoder = new TextEncoder();
  const text = str(value, run);
  run.budget.text(text.length * 3);
  const quoted = Array.from(text, (character) => {
    if (UNRESERVED.test(character) || run.marked.isMark(character)) return character;
    if (character === '/' && !query) return character;
    if (character === ' ' && query) return '+';
    return Array.from(
      encoder.encode(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  });
  return quoted.join('');
}

function urlencode(value: Value, run: Run): string {
  const dict = value instanceof Dict ? Array.from(value.entries(), (entry) => new Tuple(entry)) : undefined;
  if (dict === undefined && !Array.isArray(value) && !(value instanceof Tuple))
    return urlQuoted(value, false, run);
  const pairs = (dict ?? itemsOf(value, run)).map((pair) => {
    const [key, item, ...more] = itemsOf(pair, run);
    if (key === undefined || item === undefined || more.length > 0)
      raise('ValueError', 'urlencode takes pairs');
    return `${urlQuoted(key, true, run)}=${urlQuoted(item, true, run)}`;
  });
  return pairs.join('&');
}

function xmlAttributes(value: Value, given: Bound, run: Run): string {
  if (!(value instanceof Dict)) raise('TypeError', 'xmlattr takes a dictionary');
  const parts: string[] = [];
  for (const [key, item] of value.entries()) {
    if (item === null || item instanceof Undefined) continue;
    const name = requireText('xmlattr', key);
    if (/[\s/>=]/.test(name)) raise('ValueError', `${JSON.stringify(name)} is no name of an attribute`);
    parts.push(`${escaped(key, run).text}="${escaped(item, run).text}"`);
  }
  const text = parts.join(' ');
  const space = given.value('autospace') === undefined || given.flag('autospace');
  return space && text !== '' ? ` ${text}` : text;
}

function escaped(value: Value, run: Run): Markup {
  if (value instanceof Markup) return value;
  const text = escapeHtml(str(value, run));
  run.budget.text(text.length);
  return new Markup(text);
}

const escapeFilter: Filter = (value, given, run) => {
  bind('escape', [], given);
  return escaped(value, run);
};

export const TEXT_FILTERS: FilterTable = {
  capitalize: cased('capitalize', capitalized),
  lower: cased('lower', LOWER),
  upper: cased('upper', UPPER),
  title: (value, given, run) => {
    bind('title', [], given);
    return begin(casedText(str(value, run), titled, run));
  },
  center: (value, given, run) => {
    const width = bind('center', ['width'], given).whole('width') ?? 80;
    return textLike(value, centered(str(value, run), width, run));
  },
  trim: (value, given, run) => {
    const chars = bind('trim', ['chars'], given).text('chars');
    return after(begin(stripped(str(value, run), chars, true, true, run)), (text) => textLike(value, text));
  },
  replace: replaceFilter,
  indent: (value, given, run) =>
    begin(indented(value, bind('indent', ['width', 'first', 'blank'], given), run)),
  truncate: (value, given, run) =>
    truncated(value, bind('truncate', ['length', 'killwords', 'end', 'leeway'], given), run),
  join: (value, given, run) => begin(joined(value, bind('join', ['d', 'attribute'], given), run)),
  wordcount: (value, given, run) => {
    bind('wordcount', [], given);
    return run.clean(str(value, run)).match(WORDS)?.length ?? 0;
  },
  format,
  string: (value, given, run) => {
    bind('string', [], given);
    return value instanceof Markup ? value : begin(strSteps(value, run));
  },
  urlencode: (value, given, run) => {
    bind('urlencode', [], given);
    return urlencode(value, run);
  },
  xmlattr: (value, given, run) => xmlAttributes(value, bind('xmlattr', ['autospace'], given), run),
  e: escapeFilter,
  escape: escapeFilter,
  forceescape: (value, given, run) => {
    bind('forceescape', [], given);
    return escaped(str(value, run), run);
  },
  safe: (value, given, run) => {
    bind('safe', [], given);
    return new Markup(str(value, run));
  },
  reverse: (value, given, run) => {
    bind('reverse', [], given);
    if (isText(value)) return textLike(value, run.marked.characters(markupText(value)).reverse().join(''));
    return reversed(value, run);
  },
};

function reversed(value: Value, run: Run): Value {
  const items = itemsOf(value, run);
  run.budget.step(items.length);
  const isSequence = lengthOf(value, run) !== undefined && !(value instanceof Undefined);
  const turned = [...items].reverse();
  return isSequence ? new Stream(turned, 'list_reverseiterator') : turned;
}
