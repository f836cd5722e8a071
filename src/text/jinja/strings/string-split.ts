// Methods of texts that cut them and put them together. What is cut out keeps the marks that belong to it.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { isPythonSpace as isSpaceCode } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { begin } from '../paused.ts';
import { bind, bindPlaces } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { markupText } from '../values/markup.ts';
import { isText, type Run, Tuple, typeName } from '../values/values.ts';
import type { Occurrence } from './marked-strings.ts';
import type { TextMethod } from './string-method.ts';
import { stripped } from './string-strip.ts';

const strip =
  (name: string, left: boolean, right: boolean): TextMethod =>
  (text, given, run) =>
    begin(stripped(text, bindPlaces(name, ['chars'], given).text('chars'), left, right, run));

/** Where `searched` stands: all places, the first `most`, or the last. */
function* places(text: string, searched: string, most: number, last: boolean, run: Run): Steps<Occurrence[]> {
  const found: Occurrence[] = [];
  const wanted = most < 0 ? Number.POSITIVE_INFINITY : most;
  run.budget.text(text.length);
  for (const place of run.marked.occurrences(text, searched, last ? undefined : wanted)) {
    found.push(place);
    run.budget.step();
    if (run.budget.due()) yield;
  }
  return last && found.length > wanted ? found.slice(found.length - wanted) : found;
}

/** What stands before, between and after `cuts`. */
function* cutAt(text: string, cuts: readonly Occurrence[], run: Run): Steps<string[]> {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of cuts) {
    parts.push(text.slice(from, start));
    from = end;
    run.budget.character();
    if (run.budget.due()) yield;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Cuts at separators: the first ones, or with `last` the last ones. */
const split =
  (name: string, last: boolean): TextMethod =>
  (text, given, run) => {
    const bound = bind(name, ['sep', 'maxsplit'], given);
    const separator = bound.text('sep');
    const most = bound.whole('maxsplit') ?? -1;
    if (separator === undefined) return begin(words(text, most, last, run));
    if (separator === '') raise('ValueError', 'empty separator');
    return begin(splitAt(text, separator, most, last, run));
  };

// From the right, places may not be the same: "aXXXb" at "XX". What overlaps is found from the other end then.
function* splitAt(text: string, separator: string, most: number, last: boolean, run: Run): Steps<string[]> {
  if (!last || most < 0) return yield* cutAt(text, yield* places(text, separator, most, last, run), run);
  return yield* cutAt(text, yield* lastPlaces(text, separator, most, run), run);
}

function* lastPlaces(text: string, separator: string, most: number, run: Run): Steps<Occurrence[]> {
  if (run.marked.isMarked(text)) return yield* places(text, separator, most, true, run);
  const clean = run.clean(separator);
  const found: Occurrence[] = [];
  let end = text.length;
  run.budget.text(text.length);
  while (found.length < most && end >= clean.length) {
    const at = text.lastIndexOf(clean, end - clean.length);
    if (at < 0) break;
    found.unshift([at, at + clean.length]);
    end = at;
    run.budget.step();
    if (run.budget.due()) yield;
  }
  return found;
}

/** Words between white space. Where only some are cut off, the rest keeps what stands in it. */
function* words(text: string, most: number, last: boolean, run: Run): Steps<string[]> {
  const found: string[] = [];
  const step = last ? -1 : 1;
  const end = last ? -1 : text.length;
  const isSpace = (at: number): boolean => isSpaceCode(text.charCodeAt(at));
  run.budget.text(text.length);
  for (let at = last ? text.length - 1 : 0; at !== end; ) {
    if (isSpace(at)) {
      at += step;
      run.budget.character();
      if (run.budget.due()) yield;
      continue;
    }
    const from = at;
    const whole = most >= 0 && found.length === most;
    while (at !== end && (whole || !isSpace(at))) at += step;
    const word = last ? text.slice(at + 1, from + 1) : text.slice(from, at);
    run.budget.step(1 + word.length / 64);
    if (run.budget.due()) yield;
    // Marks that stand alone belong to white space.
    if (run.clean(word) !== '') found.push(word);
  }
  return last ? found.reverse() : found;
}

const SEPARATORS = String.raw`\x1c-\x1e`;
const LINE_ENDS = new RegExp(String.raw`\r\n|[\n\v\f\r${SEPARATORS}\u0085\u2028\u2029]`, 'gu');

/** @param keep whether lines keep what ends them */
export function* lines(text: string, keep: boolean, run: Run): Steps<string[]> {
  const found: string[] = [];
  let from = 0;
  run.budget.text(text.length);
  for (const { 0: end, index } of text.matchAll(LINE_ENDS)) {
    found.push(text.slice(from, keep ? index + end.length : index));
    from = index + end.length;
    run.budget.step();
    if (run.budget.due()) yield;
  }
  // Marks alone are no line.
  if (run.clean(text.slice(from)) !== '') found.push(text.slice(from));
  return found;
}

/** What stands before a separator, the separator, and what stands after it. */
const partition =
  (name: string, last: boolean): TextMethod =>
  (text, given, run) => {
    const separator = bindPlaces(name, ['sep'], given).requiredText('sep');
    if (separator === '') raise('ValueError', 'empty separator');
    return begin(parted(text, separator, last, run));
  };

function* parted(text: string, separator: string, last: boolean, run: Run): Steps<Tuple> {
  const found = last ? lastPlaces(text, separator, 1, run) : places(text, separator, 1, false, run);
  const [cut] = yield* found;
  if (cut === undefined) return new Tuple(last ? ['', '', text] : [text, '', '']);
  return new Tuple([text.slice(0, cut[0]), separator, text.slice(cut[1])]);
}

/** `text` with `old` replaced, the first `most` times where that is not negative. */
export function* replaced(text: string, old: string, other: string, most: number, run: Run): Steps<string> {
  if (run.clean(old) === '') return yield* between(text, other, most, run);
  const cuts = yield* places(text, old, most, false, run);
  if (cuts.length === 0) return text;
  run.budget.text(text.length + cuts.length * other.length);
  const out = new TextBuilder();
  for (const [index, part] of (yield* cutAt(text, cuts, run)).entries()) {
    if (index > 0) out.add(other);
    out.add(part);
    run.budget.character();
    if (run.budget.due()) yield;
  }
  return out.build();
}

// What is nothing stands before each character and at the end.
function* between(text: string, other: string, most: number, run: Run): Steps<string> {
  const characters = yield* run.marked.charactersOf(text, run.budget);
  const count = most < 0 ? characters.length + 1 : Math.min(most, characters.length + 1);
  run.budget.text(text.length + count * other.length);
  const out = new TextBuilder();
  for (const [at, character] of [...characters, ''].entries()) out.add((at < count ? other : '') + character);
  return out.build();
}

const removeAffix =
  (name: string, atStart: boolean): TextMethod =>
  (text, given, run) => {
    const affix = Array.from(run.clean(bindPlaces(name, ['affix'], given).requiredText('affix')));
    const whole = run.clean(text);
    if (!(atStart ? whole.startsWith(affix.join('')) : whole.endsWith(affix.join('')))) return text;
    const characters = run.marked.characters(text);
    const kept = atStart
      ? characters.slice(affix.length)
      : characters.slice(0, characters.length - affix.length);
    return kept.join('');
  };

export const CUTTING: readonly (readonly [string, TextMethod])[] = [
  ['strip', strip('strip', true, true)],
  ['lstrip', strip('lstrip', true, false)],
  ['rstrip', strip('rstrip', false, true)],
  ['split', split('split', false)],
  ['rsplit', split('rsplit', true)],
  ['partition', partition('partition', false)],
  ['rpartition', partition('rpartition', true)],
  ['removeprefix', removeAffix('removeprefix', true)],
  ['removesuffix', removeAffix('removesuffix', false)],
  [
    'splitlines',
    (text, given, run) => begin(lines(text, bind('splitlines', ['keepends'], given).flag('keepends'), run)),
  ],
  [
    'replace',
    (text, given, run) => {
      const bound = bindPlaces('replace', ['old', 'new', 'count'], given);
      const [old, other] = [bound.requiredText('old'), bound.requiredText('new')];
      const most =
        bound.given('count') === null ? raise('TypeError', 'count is a number') : bound.whole('count');
      return begin(replaced(text, old, other, most ?? -1, run));
    },
  ],
  [
    'join',
    (text, given, run) => {
      const items = itemsOf(bindPlaces('join', ['iterable'], given).required('iterable'), run);
      const parts = items.map((item) => {
        if (!isText(item)) raise('TypeError', `join takes texts, not a ${typeName(item)}`);
        return markupText(item);
      });
      return joinedText(parts, text, run);
    },
  ],
];

export function joinedText(parts: readonly string[], separator: string, run: Run): string {
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  run.budget.step(parts.length);
  run.budget.text(length);
  return parts.join(separator);
}
