// The methods of Python's `str` that templates call. The jinja library has some of them, and its `strip` takes
// no characters, its `capitalize` leaves the rest of a word, its `length` counts code units.

import { type Arguments, bind } from './arguments.ts';
import { isPythonSpace, type MarkedText, type Occurrence } from './marked-text.ts';
import { isList, isString, listValue, str, stringValue, toValue, typeName, type Value } from './values.ts';

export type StringMethod = (text: string, given: Arguments, marked: MarkedText) => Value;

const strip =
  (name: string, left: boolean, right: boolean): StringMethod =>
  (text, given, marked) =>
    stringValue(marked.strip(text, bind(name, ['chars'], given).text('chars'), left, right));

/** Whether the text has an affix, or any of several. */
const hasAffix =
  (name: string, has: (text: string, affix: string) => boolean): StringMethod =>
  (text, given, marked) => {
    const affix = bind(name, ['affix'], given).required('affix');
    const affixes = isList(affix) ? affix.value : [affix];
    const clean = marked.clean(text);
    return toValue(
      affixes.some((one) => {
        if (isString(one)) return has(clean, marked.clean(one.value));
        throw new Error(`${name} takes a str or a tuple of them, not ${typeName(one)}`);
      }),
    );
  };

/** Cuts at separators: the first ones, or with `last` the last ones. */
const split =
  (name: string, last: boolean): StringMethod =>
  (text, given, marked) => {
    const bound = bind(name, ['sep', 'maxsplit'], given);
    const separator = bound.text('sep');
    const most = bound.whole('maxsplit') ?? -1;
    if (separator === undefined) return splitWords(name, text, most, marked);
    if (separator === '') throw new Error('empty separator');
    return listValue(cutAt(text, limited(marked.occurrences(text, separator), most, last)).map(stringValue));
  };

function splitWords(name: string, text: string, most: number, marked: MarkedText): Value {
  if (most >= 0) throw new Error(`${name} without a separator takes no maxsplit here`);
  const words = [''];
  for (const character of marked.characters(text)) {
    if (isPythonSpace(marked.clean(character))) words.push('');
    else words.push((words.pop() ?? '') + character);
  }
  return listValue(words.filter((word) => word !== '').map(stringValue));
}

const limited = (found: readonly Occurrence[], most: number, last: boolean): readonly Occurrence[] => {
  if (most < 0 || most >= found.length) return found;
  return last ? found.slice(found.length - most) : found.slice(0, most);
};

function cutAt(text: string, cuts: readonly Occurrence[]): string[] {
  const ends = [...cuts.map(([start]) => start), text.length];
  return ends.map((end, index) => text.slice(cuts[index - 1]?.[1] ?? 0, end));
}

/** What stands before a separator, the separator, and what stands after it. */
const partition =
  (name: string, last: boolean): StringMethod =>
  (text, given, marked) => {
    const separator = bind(name, ['sep'], given).text('sep') ?? '';
    const [cut] = limited(marked.occurrences(text, separator), 1, last);
    const none = last ? ['', '', text] : [text, '', ''];
    const parts = cut === undefined ? none : [text.slice(0, cut[0]), separator, text.slice(cut[1])];
    return listValue(parts.map(stringValue));
  };

/** `text` with `old` replaced, the first `most` times where that is not negative. */
export function replaced(text: string, old: string, other: string, most: number, marked: MarkedText): string {
  if (old === '') return between(marked.characters(text), other, most);
  return cutAt(text, limited(marked.occurrences(text, old), most, false)).join(other);
}

// What is nothing stands before each character and at the end.
function between(characters: readonly string[], other: string, most: number): string {
  const places = most < 0 ? characters.length + 1 : most;
  return [...characters, ''].map((character, at) => (at < places ? other : '') + character).join('');
}

const replace: StringMethod = (text, given, marked) => {
  const bound = bind('replace', ['old', 'new', 'count'], given);
  const [old, other] = [str(bound.required('old')), str(bound.required('new'))];
  return stringValue(replaced(text, old, other, bound.whole('count') ?? -1, marked));
};

/** The place of a text in characters, or -1. */
const find =
  (name: string, last: boolean): StringMethod =>
  (text, given, marked) => {
    const clean = marked.clean(text);
    const searched = marked.clean(bind(name, ['sub'], given).text('sub') ?? '');
    const at = last ? clean.lastIndexOf(searched) : clean.indexOf(searched);
    return toValue(at < 0 ? -1 : Array.from(clean.slice(0, at)).length);
  };

const removeAffix =
  (name: string, atStart: boolean): StringMethod =>
  (text, given, marked) => {
    const affix = Array.from(marked.clean(bind(name, ['affix'], given).text('affix') ?? ''));
    const characters = marked.characters(text);
    const from = atStart ? 0 : characters.length - affix.length;
    const has =
      from >= 0 && affix.every((character, at) => marked.clean(characters[from + at] ?? '') === character);
    if (!has) return stringValue(text);
    return stringValue((atStart ? characters.slice(affix.length) : characters.slice(0, from)).join(''));
  };

/** The first letter large, the others small. */
export const capitalized = (text: string, marked: MarkedText): string => {
  const [first = '', ...rest] = marked.characters(text);
  return first.toUpperCase() + rest.join('').toLowerCase();
};

/** What stands first after a character that `parts` words is large, what else stands in them small. */
export function titled(text: string, marked: MarkedText, parts: RegExp): string {
  let first = true;
  const characters = marked.characters(text).map((character) => {
    const atStart = first;
    first = parts.test(marked.clean(character));
    return atStart ? character.toUpperCase() : character.toLowerCase();
  });
  return characters.join('');
}

const every =
  (name: string, pattern: RegExp): StringMethod =>
  (text, given, marked) => {
    bind(name, [], given);
    return toValue(pattern.test(marked.clean(text)));
  };

const changed =
  (name: string, change: (text: string, marked: MarkedText) => string): StringMethod =>
  (text, given, marked) => {
    bind(name, [], given);
    return stringValue(change(text, marked));
  };

export const STRING_METHODS: ReadonlyMap<string, StringMethod> = new Map<string, StringMethod>([
  ['strip', strip('strip', true, true)],
  ['lstrip', strip('lstrip', true, false)],
  ['rstrip', strip('rstrip', false, true)],
  ['startswith', hasAffix('startswith', (text, affix) => text.startsWith(affix))],
  ['endswith', hasAffix('endswith', (text, affix) => text.endsWith(affix))],
  ['split', split('split', false)],
  ['rsplit', split('rsplit', true)],
  ['partition', partition('partition', false)],
  ['rpartition', partition('rpartition', true)],
  ['replace', replace],
  ['find', find('find', false)],
  ['rfind', find('rfind', true)],
  ['removeprefix', removeAffix('removeprefix', true)],
  ['removesuffix', removeAffix('removesuffix', false)],
  ['lower', changed('lower', (text) => text.toLowerCase())],
  ['upper', changed('upper', (text) => text.toUpperCase())],
  ['capitalize', changed('capitalize', capitalized)],
  ['title', changed('title', (text, marked) => titled(text, marked, /\P{L}/u))],
  ['isdigit', every('isdigit', /^\p{Nd}+$/u)],
  ['isalpha', every('isalpha', /^\p{L}+$/u)],
  ['isalnum', every('isalnum', /^[\p{L}\p{N}]+$/u)],
  [
    'splitlines',
    (text, given, marked) => {
      bind('splitlines', [], given);
      const lines = text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/u);
      if (marked.clean(lines.at(-1) ?? '') === '') lines.pop();
      return listValue(lines.map(stringValue));
    },
  ],
  [
    'join',
    (text, given) => {
      const items = bind('join', ['iterable'], given).required('iterable');
      if (isList(items)) return stringValue(items.value.map(str).join(text));
      throw new Error(`join takes a list, not ${typeName(items)}`);
    },
  ],
]);
