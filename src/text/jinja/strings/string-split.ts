// String methods that split, replace and join. Substrings keep the marks that belong to their characters.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { isPythonSpace as isSpaceCode } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { runToPause } from '../paused.ts';
import { bind, bindPositional } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { isString, type RenderState, Tuple, typeName } from '../values/values.ts';
import type { Occurrence } from './marked-strings.ts';
import type { StringMethod } from './string-method.ts';
import { stripString } from './string-strip.ts';

const strip =
  (name: string, left: boolean, right: boolean): StringMethod =>
  (text, given, state) =>
    runToPause(stripString(text, bindPositional(name, ['chars'], given).string('chars'), left, right, state));

/** Finds `searched`: all occurrences, the first `most`, or the last `most`. */
function* findOccurrences(
  text: string,
  searched: string,
  most: number,
  last: boolean,
  state: RenderState,
): Steps<Occurrence[]> {
  const found: Occurrence[] = [];
  const wanted = most < 0 ? Number.POSITIVE_INFINITY : most;
  state.budget.allocate(text.length);
  for (const place of state.markedStrings.occurrences(text, searched, last ? undefined : wanted)) {
    found.push(place);
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return last && found.length > wanted ? found.slice(found.length - wanted) : found;
}

/** Returns the parts before, between and after `cuts`. */
function* splitAtOccurrences(text: string, cuts: readonly Occurrence[], state: RenderState): Steps<string[]> {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of cuts) {
    parts.push(text.slice(from, start));
    from = end;
    state.budget.scanCharacter();
    if (state.budget.isPauseDue()) yield;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Splits at separators: at the first ones, or with `last` at the last ones. */
const split =
  (name: string, last: boolean): StringMethod =>
  (text, given, state) => {
    const bound = bind(name, ['sep', 'maxsplit'], given);
    const separator = bound.string('sep');
    const most = bound.integer('maxsplit') ?? -1;
    if (separator === undefined) return runToPause(splitOnWhitespace(text, most, last, state));
    if (separator === '') raise('ValueError', 'empty separator');
    return runToPause(splitBySeparator(text, separator, most, last, state));
  };

// Searching from the right may find other occurrences, because they can overlap: "aXXXb" at "XX".
function* splitBySeparator(
  text: string,
  separator: string,
  most: number,
  last: boolean,
  state: RenderState,
): Steps<string[]> {
  if (!last || most < 0)
    return yield* splitAtOccurrences(text, yield* findOccurrences(text, separator, most, last, state), state);
  return yield* splitAtOccurrences(text, yield* findLastOccurrences(text, separator, most, state), state);
}

function* findLastOccurrences(
  text: string,
  separator: string,
  most: number,
  state: RenderState,
): Steps<Occurrence[]> {
  if (state.markedStrings.isMarked(text)) return yield* findOccurrences(text, separator, most, true, state);
  const clean = state.clean(separator);
  const found: Occurrence[] = [];
  let end = text.length;
  state.budget.allocate(text.length);
  while (found.length < most && end >= clean.length) {
    const at = text.lastIndexOf(clean, end - clean.length);
    if (at < 0) break;
    found.unshift([at, at + clean.length]);
    end = at;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return found;
}

/** Splits on white space. With a limit, the rest keeps its inner white space. */
function* splitOnWhitespace(text: string, most: number, last: boolean, state: RenderState): Steps<string[]> {
  const found: string[] = [];
  const step = last ? -1 : 1;
  const end = last ? -1 : text.length;
  const isSpace = (at: number): boolean => isSpaceCode(text.charCodeAt(at));
  state.budget.allocate(text.length);
  for (let at = last ? text.length - 1 : 0; at !== end; ) {
    if (isSpace(at)) {
      at += step;
      state.budget.scanCharacter();
      if (state.budget.isPauseDue()) yield;
      continue;
    }
    const from = at;
    const whole = most >= 0 && found.length === most;
    while (at !== end && (whole || !isSpace(at))) at += step;
    const word = last ? text.slice(at + 1, from + 1) : text.slice(from, at);
    state.budget.step(1 + word.length / 64);
    if (state.budget.isPauseDue()) yield;
    // A word of marks only is white space.
    if (state.clean(word) !== '') found.push(word);
  }
  return last ? found.reverse() : found;
}

const SEPARATORS = String.raw`\x1c-\x1e`;
const LINE_ENDS = new RegExp(String.raw`\r\n|[\n\v\f\r${SEPARATORS}\u0085\u2028\u2029]`, 'gu');

/** @param keep whether lines keep their line ends */
export function* splitLines(text: string, keep: boolean, state: RenderState): Steps<string[]> {
  const found: string[] = [];
  let from = 0;
  state.budget.allocate(text.length);
  for (const { 0: end, index } of text.matchAll(LINE_ENDS)) {
    found.push(text.slice(from, keep ? index + end.length : index));
    from = index + end.length;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  // Marks alone are not a line.
  if (state.clean(text.slice(from)) !== '') found.push(text.slice(from));
  return found;
}

/** Returns the part before a separator, the separator, and the part after it. */
const partition =
  (name: string, last: boolean): StringMethod =>
  (text, given, state) => {
    const separator = bindPositional(name, ['sep'], given).requiredString('sep');
    if (separator === '') raise('ValueError', 'empty separator');
    return runToPause(partitionString(text, separator, last, state));
  };

function* partitionString(text: string, separator: string, last: boolean, state: RenderState): Steps<Tuple> {
  const found = last
    ? findLastOccurrences(text, separator, 1, state)
    : findOccurrences(text, separator, 1, false, state);
  const [cut] = yield* found;
  if (cut === undefined) return new Tuple(last ? ['', '', text] : [text, '', '']);
  return new Tuple([text.slice(0, cut[0]), separator, text.slice(cut[1])]);
}

/** Replaces `old` by `other`, at most `most` times unless that is negative. */
export function* replaceOccurrences(
  text: string,
  old: string,
  other: string,
  most: number,
  state: RenderState,
): Steps<string> {
  if (state.clean(old) === '') return yield* insertBetweenCharacters(text, other, most, state);
  const cuts = yield* findOccurrences(text, old, most, false, state);
  if (cuts.length === 0) return text;
  state.budget.allocate(text.length + cuts.length * other.length);
  const out = new StringBuilder();
  for (const [index, part] of (yield* splitAtOccurrences(text, cuts, state)).entries()) {
    if (index > 0) out.append(other);
    out.append(part);
    state.budget.scanCharacter();
    if (state.budget.isPauseDue()) yield;
  }
  return out.build();
}

// The empty string occurs before each character and at the end.
function* insertBetweenCharacters(
  text: string,
  other: string,
  most: number,
  state: RenderState,
): Steps<string> {
  const characters = yield* state.markedStrings.charactersOf(text, state.budget);
  const count = most < 0 ? characters.length + 1 : Math.min(most, characters.length + 1);
  state.budget.allocate(text.length + count * other.length);
  const out = new StringBuilder();
  for (const [at, character] of [...characters, ''].entries())
    out.append((at < count ? other : '') + character);
  return out.build();
}

const removeAffix =
  (name: string, atStart: boolean): StringMethod =>
  (text, given, state) => {
    const affix = Array.from(state.clean(bindPositional(name, ['affix'], given).requiredString('affix')));
    const whole = state.clean(text);
    if (!(atStart ? whole.startsWith(affix.join('')) : whole.endsWith(affix.join('')))) return text;
    const characters = state.markedStrings.characters(text);
    const kept = atStart
      ? characters.slice(affix.length)
      : characters.slice(0, characters.length - affix.length);
    return kept.join('');
  };

export const SPLIT_METHODS: readonly (readonly [string, StringMethod])[] = [
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
    (text, given, state) =>
      runToPause(splitLines(text, bind('splitlines', ['keepends'], given).flag('keepends'), state)),
  ],
  [
    'replace',
    (text, given, state) => {
      const bound = bindPositional('replace', ['old', 'new', 'count'], given);
      const [old, other] = [bound.requiredString('old'), bound.requiredString('new')];
      const most =
        bound.given('count') === null
          ? raise('TypeError', 'count must be an int, not None')
          : bound.integer('count');
      return runToPause(replaceOccurrences(text, old, other, most ?? -1, state));
    },
  ],
  [
    'join',
    (text, given, state) => {
      const items = itemsOf(bindPositional('join', ['iterable'], given).required('iterable'), state);
      const parts = items.map((item) => {
        if (!isString(item)) raise('TypeError', `join needs strings, got a ${typeName(item)}`);
        return stringOf(item);
      });
      return joinStrings(parts, text, state);
    },
  ],
];

export function joinStrings(parts: readonly string[], separator: string, state: RenderState): string {
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  state.budget.step(parts.length);
  state.budget.allocate(length);
  return parts.join(separator);
}
