// Distinguishes control strings in the caller's strings from control strings that the template writes. Before
// rendering, marks are inserted around every control string in the variables. After rendering, control strings between
// marks are encoded as text, and the marks are removed.
//
// Example, marks "#" and "%": content "hi <|im_end|>" -> "hi #<|im_end|>%"
// -> rendered "<|im_start|>user hi #<|im_end|>%<|im_end|>" -> the first and the last are tokens, the middle one is text.
//
// Templates inspect contents: `'</think>' in content`, `content.split('</think>')`. In most models such strings are added
// tokens that are not special, so no marks are inserted around them. If they are special, the interpreter hides the marks
// from the template (jinja/strings/marked-strings.ts): searching and splitting work as if the marks were absent.
//
// If a template removes a substring, the remaining parts must not form a control string, as "<|im_</think>end|>" would
// without "</think>". So a mark is also inserted where a partial control string is next to a possible split point: an
// end of the string, white space, or an occurrence of one of the template's string literals in the string.
//
// Not covered: control strings that a template assembles after changing case, or from substrings by index.
//
// All operations take linear time in the length of the strings, and yield at intervals, so that the event loop can run.

import type { Steps } from '../../base/steps.ts';
import { MarkedStrings, type Marks } from '../jinja/strings/marked-strings.ts';
import {
  type AcceptLiteral,
  createLiteralFinder,
  type LiteralFinder,
} from '../special-tokens/literal-finder.ts';
import { ROOT_STATE } from '../special-tokens/string-trie.ts';
import { StringBuilder } from '../string-builder.ts';
import { isPythonSpace } from '../white-space.ts';
import { RESERVED_MARKS, replaceReservedMarks, UsedPrivateCharacters } from './mark-characters.ts';
import { createPrefixScanner, createSuffixScanner, type PartialControlScanner } from './partial-controls.ts';

/** A rendering without marks. */
export interface UnmarkedText {
  readonly text: string;
  /** returns whether the template wrote the control string at the given offsets */
  readonly isTemplateControl: AcceptLiteral;
}

/** Marks control strings in the variables of one rendering. */
export interface ControlStringMarks {
  readonly markedStrings: MarkedStrings;
  /** Inserts marks in every string of a JSON value, including field names; drops undefined fields. */
  insertMarks(value: unknown): Steps<unknown>;
  /** Removes the marks from a rendering. */
  removeMarks(rendering: string): Steps<UnmarkedText>;
}

/**
 * Prepares marking for the renderings of a template.
 * @param controls strings that are encoded as tokens only if the template writes them
 * @param literals string literals of the template, at which it may split strings
 * @returns a function that creates the marks of one rendering, which do not occur in its variables
 */
export function createControlStringMarks(
  source: string,
  controls: readonly string[],
  literals: readonly string[],
): (values: unknown) => Steps<ControlStringMarks> {
  const finders: Finders = {
    findControl: createLiteralFinder(controls),
    findLiteral: createLiteralFinder(literals),
    prefixScanner: createPrefixScanner(controls),
    suffixScanner: createSuffixScanner(controls),
  };
  // Each control string, and its form in JSON, because a template may convert a value to JSON.
  const writtenForms = new Set(
    controls.flatMap((control) => [control, JSON.stringify(control).slice(1, -1)]),
  );
  const maxFormLength = Math.max(0, ...[...writtenForms].map((form) => form.length));
  let templateCharacters: UsedPrivateCharacters | undefined;
  return function* (values) {
    if (templateCharacters === undefined) {
      const characters = new UsedPrivateCharacters();
      for (const text of [source, ...controls]) yield* characters.scan(text);
      templateCharacters = characters;
    }
    const usedCharacters = new UsedPrivateCharacters(templateCharacters);
    yield* visitStrings(values, (text) => usedCharacters.scan(text));
    const unusedPair = usedCharacters.unusedPair();
    const marks = unusedPair ?? RESERVED_MARKS;
    const removeReservedMarks =
      unusedPair === undefined ? replaceReservedMarks : (text: string): string => text;
    return {
      markedStrings: new MarkedStrings(marks),
      insertMarks: (value) =>
        mapStrings(value, (text) => markString(removeReservedMarks(text), finders, marks)),
      removeMarks: (rendering) =>
        removeMarks(rendering, marks, (text) => text.length <= maxFormLength && writtenForms.has(text)),
    };
  };
}

interface Finders {
  readonly findControl: LiteralFinder;
  readonly findLiteral: LiteralFinder;
  readonly prefixScanner: PartialControlScanner;
  readonly suffixScanner: PartialControlScanner;
}

// Flags of an offset.
const OPENING_MARK = 1; // an opening mark is inserted; it belongs to the character after it
const CLOSING_MARK = 2; // a closing mark is inserted; it belongs to the character before it
const SPLIT_POINT = 4; // an offset at which a template may split the string

// Code units between two pauses.
const PAUSE_UNITS = 8192;

function* markString(text: string, finders: Finders, marks: Marks): Steps<string> {
  if (text === '') return text;
  const flags = new Uint8Array(text.length + 1);
  yield* flagControlsAndSplitPoints(text, finders, flags);
  yield* flagPrefixes(text, finders.prefixScanner, flags);
  yield* flagSuffixes(text, finders.suffixScanner, flags);
  return yield* writeMarks(text, flags, marks);
}

// Flags the start and the end of each control string. Flags as split points the start and the end of the text, and the
// start and the end of each template literal in it.
function* flagControlsAndSplitPoints(
  text: string,
  { findControl, findLiteral }: Finders,
  flags: Uint8Array,
): Steps<void> {
  setFlag(flags, 0, SPLIT_POINT);
  setFlag(flags, text.length, SPLIT_POINT);
  let controlEnd = 0;
  for (let at = 0; at < text.length; at++) {
    const foundControl = at < controlEnd ? undefined : findControl(text, at);
    if (foundControl !== undefined) {
      controlEnd = at + foundControl.length;
      setFlag(flags, at, OPENING_MARK);
      setFlag(flags, controlEnd, CLOSING_MARK);
    }
    const foundLiteral = findLiteral(text, at);
    if (foundLiteral !== undefined) {
      setFlag(flags, at, SPLIT_POINT);
      setFlag(flags, at + foundLiteral.length, SPLIT_POINT);
    }
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
  }
}

// Marks are inserted next to words and not next to white space, so that a template that trims finds the white space at
// the end of the string. White space counts as a split point.
function* flagPrefixes(text: string, scanner: PartialControlScanner, flags: Uint8Array): Steps<void> {
  let state = ROOT_STATE;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    state = scanner.next(state, code);
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
    if (!scanner.isPartialControl(state) || isPythonSpace(code)) continue;
    const end = at + 1;
    if (isSplitPoint(flags, end) || isPythonSpace(text.charCodeAt(end))) setFlag(flags, end, CLOSING_MARK);
  }
}

function* flagSuffixes(text: string, scanner: PartialControlScanner, flags: Uint8Array): Steps<void> {
  let state = ROOT_STATE;
  for (let at = text.length - 1; at >= 0; at--) {
    const code = text.charCodeAt(at);
    state = scanner.next(state, code);
    if (at % PAUSE_UNITS === 0) yield;
    if (!scanner.isPartialControl(state) || isPythonSpace(code)) continue;
    if (isSplitPoint(flags, at) || isPythonSpace(text.charCodeAt(at - 1))) setFlag(flags, at, OPENING_MARK);
  }
}

const setFlag = (flags: Uint8Array, at: number, flag: number): void => {
  flags[at] = (flags[at] as number) | flag;
};

const isSplitPoint = (flags: Uint8Array, at: number): boolean => ((flags[at] as number) & SPLIT_POINT) !== 0;

function* writeMarks(text: string, flags: Uint8Array, marks: Marks): Steps<string> {
  const markedText = new StringBuilder();
  let writtenEnd = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
    const markFlags = (flags[at] as number) & (OPENING_MARK | CLOSING_MARK);
    if (markFlags === 0) continue;
    markedText.append(text.slice(writtenEnd, at));
    if ((markFlags & CLOSING_MARK) !== 0) markedText.append(marks.close);
    if ((markFlags & OPENING_MARK) !== 0) markedText.append(marks.open);
    writtenEnd = at;
  }
  if (writtenEnd === 0 && markedText.length === 0) return text;
  markedText.append(text.slice(writtenEnd));
  return markedText.build();
}

function* visitStrings(value: unknown, visit: (text: string) => Steps<void>): Steps<void> {
  if (typeof value === 'string') yield* visit(value);
  if (typeof value !== 'object' || value === null) return;
  yield;
  if (Array.isArray(value)) for (const item of value) yield* visitStrings(item, visit);
  else {
    for (const [name, field] of Object.entries(value)) {
      yield* visit(name);
      yield* visitStrings(field, visit);
    }
  }
}

function* mapStrings(value: unknown, convert: (text: string) => Steps<string>): Steps<unknown> {
  if (typeof value === 'string') return yield* convert(value);
  if (typeof value !== 'object' || value === null) return value;
  yield;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(yield* mapStrings(item, convert));
    return items;
  }
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) fields.push([yield* convert(name), yield* mapStrings(field, convert)]);
  }
  return Object.fromEntries(fields);
}

/** Ranges that no control token may overlap; an empty range is an offset that no control token may span. */
class ProtectedRanges {
  // In ascending order, without overlaps.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(start: number, end: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
  }

  readonly isOutside: AcceptLiteral = (start, end) => {
    // Binary search for the number of ranges that start before `end`.
    let minCount = 0;
    let maxCount = this.#starts.length;
    while (minCount < maxCount) {
      const middle = (minCount + maxCount) >> 1;
      if ((this.#starts[middle] as number) < end) minCount = middle + 1;
      else maxCount = middle;
    }
    return (this.#ends[minCount - 1] ?? 0) <= start;
  };
}

// Marks between two pauses.
const PAUSE_MARKS = 1024;

function* removeMarks(
  rendering: string,
  marks: Marks,
  isWrittenControl: (text: string) => boolean,
): Steps<UnmarkedText> {
  const ranges = new ProtectedRanges();
  const text = new StringBuilder();
  const anyMark = new RegExp(`[${marks.open}${marks.close}]`, 'g');
  let openedAt: number | undefined;
  let partStart = 0;
  let count = 0;
  for (let found = anyMark.exec(rendering); found !== null; found = anyMark.exec(rendering)) {
    const part = rendering.slice(partStart, found.index);
    partStart = found.index + 1;
    text.append(part);
    const isClosing = found[0] === marks.close;
    // After an opening mark, `part` is everything between the two marks.
    const enclosesControl = isClosing && openedAt !== undefined && isWrittenControl(part);
    if (openedAt !== undefined) ranges.add(openedAt, enclosesControl ? text.length : openedAt);
    if (isClosing && !enclosesControl) ranges.add(text.length, text.length);
    openedAt = isClosing ? undefined : text.length;
    if (++count % PAUSE_MARKS === 0) yield;
  }
  if (openedAt !== undefined) ranges.add(openedAt, openedAt);
  text.append(rendering.slice(partStart));
  return { text: text.build(), isTemplateControl: ranges.isOutside };
}
