// String methods that split, replace and join. Substrings include the control-string marks of their characters.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { isPythonSpace as isSpaceCode } from '../../white-space.ts';
import { raise } from '../errors.ts';
import { runUntilPause } from '../paused.ts';
import { bindArguments, bindPositional } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { isString, type RenderState, Tuple, typeName } from '../values/values.ts';
import type { Occurrence } from './marked-strings.ts';
import type { StringMethod } from './string-method.ts';
import { stripString } from './string-strip.ts';

const stripMethod =
  (name: string, left: boolean, right: boolean): StringMethod =>
  (text, args, state) =>
    runUntilPause(
      stripString(text, bindPositional(name, ['chars'], args).string('chars'), left, right, state),
    );

/** Finds the first `maxCount` occurrences of `searched`, or the last ones with `fromRight`; all if `maxCount` is negative. */
function* findOccurrences(
  text: string,
  searched: string,
  maxCount: number,
  fromRight: boolean,
  state: RenderState,
): Steps<Occurrence[]> {
  const occurrences: Occurrence[] = [];
  const limit = maxCount < 0 ? Number.POSITIVE_INFINITY : maxCount;
  state.budget.allocate(text.length);
  for (const occurrence of state.markedStrings.occurrences(text, searched, fromRight ? undefined : limit)) {
    occurrences.push(occurrence);
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return fromRight && occurrences.length > limit
    ? occurrences.slice(occurrences.length - limit)
    : occurrences;
}

/** Returns the parts of a text before, between and after the occurrences. */
function* splitAtOccurrences(
  text: string,
  occurrences: readonly Occurrence[],
  state: RenderState,
): Steps<string[]> {
  const parts: string[] = [];
  let partStart = 0;
  for (const [start, end] of occurrences) {
    parts.push(text.slice(partStart, start));
    partStart = end;
    state.budget.scanCharacter();
    if (state.budget.isPauseDue()) yield;
  }
  parts.push(text.slice(partStart));
  return parts;
}

/** Creates the method `split`, or `rsplit` with `fromRight`. */
const splitMethod =
  (name: string, fromRight: boolean): StringMethod =>
  (text, args, state) => {
    const boundArguments = bindArguments(name, ['sep', 'maxsplit'], args);
    const separator = boundArguments.string('sep');
    const maxCount = boundArguments.integer('maxsplit') ?? -1;
    if (separator === undefined) return runUntilPause(splitOnWhitespace(text, maxCount, fromRight, state));
    if (separator === '') raise('ValueError', 'empty separator');
    return runUntilPause(splitBySeparator(text, separator, maxCount, fromRight, state));
  };

// Searching from the right may find other occurrences, because occurrences can overlap: "XX" in "aXXXb".
function* splitBySeparator(
  text: string,
  separator: string,
  maxCount: number,
  fromRight: boolean,
  state: RenderState,
): Steps<string[]> {
  if (!fromRight || maxCount < 0)
    return yield* splitAtOccurrences(
      text,
      yield* findOccurrences(text, separator, maxCount, fromRight, state),
      state,
    );
  return yield* splitAtOccurrences(text, yield* findLastOccurrences(text, separator, maxCount, state), state);
}

function* findLastOccurrences(
  text: string,
  separator: string,
  maxCount: number,
  state: RenderState,
): Steps<Occurrence[]> {
  if (state.markedStrings.isMarked(text))
    return yield* findOccurrences(text, separator, maxCount, true, state);
  const clean = state.clean(separator);
  const occurrences: Occurrence[] = [];
  let end = text.length;
  state.budget.allocate(text.length);
  while (occurrences.length < maxCount && end >= clean.length) {
    const at = text.lastIndexOf(clean, end - clean.length);
    if (at < 0) break;
    occurrences.unshift([at, at + clean.length]);
    end = at;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return occurrences;
}

/** Splits on white space. After `maxCount` splits, the remaining text is one part. */
function* splitOnWhitespace(
  text: string,
  maxCount: number,
  fromRight: boolean,
  state: RenderState,
): Steps<string[]> {
  const words: string[] = [];
  const step = fromRight ? -1 : 1;
  const end = fromRight ? -1 : text.length;
  const isSpace = (at: number): boolean => isSpaceCode(text.charCodeAt(at));
  state.budget.allocate(text.length);
  for (let at = fromRight ? text.length - 1 : 0; at !== end; ) {
    if (isSpace(at)) {
      at += step;
      state.budget.scanCharacter();
      if (state.budget.isPauseDue()) yield;
      continue;
    }
    const from = at;
    const isRemainder = maxCount >= 0 && words.length === maxCount;
    while (at !== end && (isRemainder || !isSpace(at))) at += step;
    const word = fromRight ? text.slice(at + 1, from + 1) : text.slice(from, at);
    state.budget.step(1 + word.length / 64);
    if (state.budget.isPauseDue()) yield;
    // A word that consists only of marks counts as white space.
    if (state.clean(word) !== '') words.push(word);
  }
  return fromRight ? words.reverse() : words;
}

const SEPARATORS = String.raw`\x1c-\x1e`;
const LINE_ENDS = new RegExp(String.raw`\r\n|[\n\v\f\r${SEPARATORS}\u0085\u2028\u2029]`, 'gu');

/** Splits a text into lines, with their line ends if `keepEnds`. */
export function* splitLines(text: string, keepEnds: boolean, state: RenderState): Steps<string[]> {
  const lines: string[] = [];
  let from = 0;
  state.budget.allocate(text.length);
  for (const { 0: end, index } of text.matchAll(LINE_ENDS)) {
    lines.push(text.slice(from, keepEnds ? index + end.length : index));
    from = index + end.length;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  // Text that consists only of marks is not a line.
  if (state.clean(text.slice(from)) !== '') lines.push(text.slice(from));
  return lines;
}

/** Creates a method that returns the part before a separator, the separator, and the part after it. */
const partitionMethod =
  (name: string, fromRight: boolean): StringMethod =>
  (text, args, state) => {
    const separator = bindPositional(name, ['sep'], args).requiredString('sep');
    if (separator === '') raise('ValueError', 'empty separator');
    return runUntilPause(partitionString(text, separator, fromRight, state));
  };

function* partitionString(
  text: string,
  separator: string,
  fromRight: boolean,
  state: RenderState,
): Steps<Tuple> {
  const occurrences = fromRight
    ? findLastOccurrences(text, separator, 1, state)
    : findOccurrences(text, separator, 1, false, state);
  const [occurrence] = yield* occurrences;
  if (occurrence === undefined) return new Tuple(fromRight ? ['', '', text] : [text, '', '']);
  return new Tuple([text.slice(0, occurrence[0]), separator, text.slice(occurrence[1])]);
}

/** Replaces `old` with `replacement`, at most `maxCount` times; everywhere if `maxCount` is negative. */
export function* replaceOccurrences(
  text: string,
  old: string,
  replacement: string,
  maxCount: number,
  state: RenderState,
): Steps<string> {
  if (state.clean(old) === '') return yield* insertAroundCharacters(text, replacement, maxCount, state);
  const occurrences = yield* findOccurrences(text, old, maxCount, false, state);
  if (occurrences.length === 0) return text;
  state.budget.allocate(text.length + occurrences.length * replacement.length);
  const out = new StringBuilder();
  for (const [index, part] of (yield* splitAtOccurrences(text, occurrences, state)).entries()) {
    if (index > 0) out.append(replacement);
    out.append(part);
    state.budget.scanCharacter();
    if (state.budget.isPauseDue()) yield;
  }
  return out.build();
}

// The empty string occurs before each character and at the end.
function* insertAroundCharacters(
  text: string,
  replacement: string,
  maxCount: number,
  state: RenderState,
): Steps<string> {
  const characters = yield* state.markedStrings.charactersOf(text, state.budget);
  const count = maxCount < 0 ? characters.length + 1 : Math.min(maxCount, characters.length + 1);
  state.budget.allocate(text.length + count * replacement.length);
  const out = new StringBuilder();
  for (const [at, character] of [...characters, ''].entries())
    out.append((at < count ? replacement : '') + character);
  return out.build();
}

const removeAffix =
  (name: string, isPrefix: boolean): StringMethod =>
  (text, args, state) => {
    const affix = Array.from(state.clean(bindPositional(name, ['affix'], args).requiredString('affix')));
    const clean = state.clean(text);
    if (!(isPrefix ? clean.startsWith(affix.join('')) : clean.endsWith(affix.join('')))) return text;
    const characters = state.markedStrings.characters(text);
    const remaining = isPrefix
      ? characters.slice(affix.length)
      : characters.slice(0, characters.length - affix.length);
    return remaining.join('');
  };

export const SPLIT_METHODS: readonly (readonly [string, StringMethod])[] = [
  ['strip', stripMethod('strip', true, true)],
  ['lstrip', stripMethod('lstrip', true, false)],
  ['rstrip', stripMethod('rstrip', false, true)],
  ['split', splitMethod('split', false)],
  ['rsplit', splitMethod('rsplit', true)],
  ['partition', partitionMethod('partition', false)],
  ['rpartition', partitionMethod('rpartition', true)],
  ['removeprefix', removeAffix('removeprefix', true)],
  ['removesuffix', removeAffix('removesuffix', false)],
  [
    'splitlines',
    (text, args, state) =>
      runUntilPause(
        splitLines(text, bindArguments('splitlines', ['keepends'], args).flag('keepends'), state),
      ),
  ],
  [
    'replace',
    (text, args, state) => {
      const boundArguments = bindPositional('replace', ['old', 'new', 'count'], args);
      const [old, replacement] = [boundArguments.requiredString('old'), boundArguments.requiredString('new')];
      const maxCount =
        boundArguments.argument('count') === null
          ? raise('TypeError', 'count must be an int, not None')
          : boundArguments.integer('count');
      return runUntilPause(replaceOccurrences(text, old, replacement, maxCount ?? -1, state));
    },
  ],
  [
    'join',
    (text, args, state) => {
      const items = itemsOf(bindPositional('join', ['iterable'], args).required('iterable'), state);
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
