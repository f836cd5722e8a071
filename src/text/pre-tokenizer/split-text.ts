// Splits a text into words lazily, with pauses. A pattern may be used for several texts concurrently, so the generators
// store the current offset instead of relying on the `lastIndex` of the pattern.

import type { Match } from '../pattern/matcher.ts';
import { avoidSurrogateSplit, codePointLength } from '../surrogates.ts';

/** A word, or undefined at a pause. */
export type WordOrPause = string | undefined;

/** Splits a text into non-empty pieces, in order. */
export type TextSplitter = (text: string) => Iterable<WordOrPause>;

// Code units scanned between two pauses: some tens of microseconds.
const PAUSE_UNITS = 4096;

/** The pieces that a splitter yields: the matches, and the gaps between them. */
export interface PieceSelection {
  readonly matches: boolean;
  readonly gaps: boolean;
}

const ALL_PIECES: PieceSelection = { matches: true, gaps: true };

/** Yields the matches in a text from the left, without overlaps, and undefined at a pause. */
export type FindMatches = (text: string) => Iterable<Match | undefined>;

/** Creates a splitter that splits at the start and end of each match; an empty match is a boundary too. */
export function splitAtMatches(
  findMatches: FindMatches,
  selection: PieceSelection = ALL_PIECES,
): TextSplitter {
  return (text) => selectPieces(text, findMatches(text), selection);
}

/** Creates a splitter that splits at the matches of `pattern`, which must be global and take linear time. */
export const splitByPattern = (pattern: RegExp, selection: PieceSelection = ALL_PIECES): TextSplitter =>
  splitAtMatches((text) => findNativeMatches(pattern, text), selection);

function* selectPieces(
  text: string,
  matches: Iterable<Match | undefined>,
  selection: PieceSelection,
): Generator<WordOrPause> {
  let end = 0;
  for (const match of matches) {
    if (match === undefined) {
      yield undefined;
      continue;
    }
    const [start, stop] = match;
    if (selection.gaps && end < start) yield text.slice(end, start);
    if (selection.matches && start < stop) yield text.slice(start, stop);
    end = stop;
  }
  if (selection.gaps && end < text.length) yield text.slice(end);
}

/** Yields the matches of a pattern on JavaScript's engine, and undefined at a pause. */
export function* findNativeMatches(pattern: RegExp, text: string): Generator<Match | undefined> {
  for (let from = 0; from <= text.length; ) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if ((match === null ? text.length : pattern.lastIndex) - from > PAUSE_UNITS) yield undefined;
    if (match === null) return;
    const end = match.index + match[0].length;
    yield [match.index, end];
    from = end > match.index ? end : end + codePointLength(text, end);
  }
}

export interface GroupedDigits {
  /** matches a whole run of digits; global */
  readonly run: RegExp;
  /** whether the ends of a run are boundaries too */
  readonly isIsolated: boolean;
}

/**
 * Creates a splitter that splits runs of digits into groups of three from the right: 1234567 -> 1, 234, 567. The lookahead
 * that tokenizers use for this rescans a long run for each of its digits.
 */
export function splitDigits({ run, isIsolated }: GroupedDigits): TextSplitter {
  return function* (text) {
    let end = 0;
    for (const match of findDigitRuns(run, text)) {
      if (match === undefined) {
        yield undefined;
        continue;
      }
      for (const boundary of findBoundaries(match, isIsolated)) {
        if (end < boundary) yield text.slice(end, boundary);
        end = boundary;
      }
    }
    if (end < text.length) yield text.slice(end);
  };
}

// Searches the text in parts, because one search through a long text without digits would not pause.
function* findDigitRuns(run: RegExp, text: string): Generator<RegExpExecArray | undefined> {
  const sticky = new RegExp(run.source, 'uy');
  const digit = /\p{N}/gu;
  for (let start = 0, from = 0; start < text.length; ) {
    const end = avoidSurrogateSplit(text, start + PAUSE_UNITS);
    const part = text.slice(start, end);
    while (from < end) {
      digit.lastIndex = from - start;
      const digitMatch = digit.exec(part);
      if (digitMatch === null) break;
      sticky.lastIndex = start + digitMatch.index;
      const match = sticky.exec(text);
      if (match !== null) yield match;
      from = match === null ? start + digit.lastIndex : sticky.lastIndex;
    }
    start = end;
    from = Math.max(from, end);
    if (end < text.length) yield undefined;
  }
}

// Yields the boundaries in a run of digits. A digit may be two code units long.
function* findBoundaries({ 0: run, index: start }: RegExpExecArray, isIsolated: boolean): Generator<number> {
  const digits = Array.from(run);
  let offset = start;
  if (isIsolated) yield offset;
  for (const [index, digit] of digits.entries()) {
    if ((digits.length - index) % 3 === 0) yield offset;
    offset += digit.length;
  }
  if (isIsolated) yield offset;
}

/** Combines splitters: each splits the pieces of the previous splitter. */
export function chainSplitters(splitters: readonly TextSplitter[]): TextSplitter {
  const [first, ...others] = splitters;
  if (first === undefined) return (text) => (text === '' ? [] : [text]);
  return others.reduce<TextSplitter>((previous, split) => (text) => splitEach(previous(text), split), first);
}

function* splitEach(pieces: Iterable<WordOrPause>, split: TextSplitter): Generator<WordOrPause> {
  for (const piece of pieces) {
    if (piece === undefined) yield undefined;
    else yield* split(piece);
  }
}
