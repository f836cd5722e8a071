// Splits a text into words lazily, with pauses. A pattern may be used on several texts at once between pauses, so the
// current offset is kept here and not in the pattern's `lastIndex`.

import type { Match } from '../pattern/matcher.ts';
import { avoidSurrogateSplit, codePointLength } from '../surrogates.ts';

/** A word, or undefined at a pause. */
export type WordOrPause = string | undefined;

/** Splits a text into non-empty pieces, in order. */
export type TextSplitter = (text: string) => Iterable<WordOrPause>;

// Code units scanned between two pauses: some tens of microseconds.
const PAUSE_UNITS = 4096;

/** Which pieces are kept: the matches, and the gaps between them. */
export interface KeptPieces {
  readonly matches: boolean;
  readonly gaps: boolean;
}

const BOTH: KeptPieces = { matches: true, gaps: true };

/** Yields the matches in a text from the left, without overlaps, and undefined at a pause. */
export type FindMatches = (text: string) => Iterable<Match | undefined>;

/** Splits at the start and end of each match. An empty match is a boundary too. */
export function splitAtMatches(find: FindMatches, keep: KeptPieces = BOTH): TextSplitter {
  return (text) => matchesAndGaps(text, find(text), keep);
}

/** Splits at the matches of `pattern`, which must be global and take linear time. */
export const splitByPattern = (pattern: RegExp, keep: KeptPieces = BOTH): TextSplitter =>
  splitAtMatches((text) => matchesOf(pattern, text), keep);

function* matchesAndGaps(
  text: string,
  matches: Iterable<Match | undefined>,
  keep: KeptPieces,
): Generator<WordOrPause> {
  let end = 0;
  for (const match of matches) {
    if (match === undefined) {
      yield undefined;
      continue;
    }
    const [start, stop] = match;
    if (keep.gaps && end < start) yield text.slice(end, start);
    if (keep.matches && start < stop) yield text.slice(start, stop);
    end = stop;
  }
  if (keep.gaps && end < text.length) yield text.slice(end);
}

/** Finds matches with JavaScript's engine. */
export function* matchesOf(pattern: RegExp, text: string): Generator<Match | undefined> {
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
  readonly isolated: boolean;
}

/**
 * Splits runs of digits into groups of three from the right: 1234567 -> 1, 234, 567. The lookahead that tokenizers use
 * for this rescans a long run for each of its digits.
 */
export function splitDigits({ run, isolated }: GroupedDigits): TextSplitter {
  return function* (text) {
    let end = 0;
    for (const match of findDigitRuns(run, text)) {
      if (match === undefined) {
        yield undefined;
        continue;
      }
      for (const boundary of boundariesInRun(match, isolated)) {
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
      const found = digit.exec(part);
      if (found === null) break;
      sticky.lastIndex = start + found.index;
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
function* boundariesInRun({ 0: run, index: start }: RegExpExecArray, isolated: boolean): Generator<number> {
  const digits = Array.from(run);
  let offset = start;
  if (isolated) yield offset;
  for (const [index, digit] of digits.entries()) {
    if ((digits.length - index) % 3 === 0) yield offset;
    offset += digit.length;
  }
  if (isolated) yield offset;
}

/** Combines splitters: each splits the pieces of the previous one. */
export function chainSplitters(splitters: readonly TextSplitter[]): TextSplitter {
  const [first, ...others] = splitters;
  if (first === undefined) return (text) => (text === '' ? [] : [text]);
  return others.reduce<TextSplitter>((before, split) => (text) => splitEach(before(text), split), first);
}

function* splitEach(pieces: Iterable<WordOrPause>, split: TextSplitter): Generator<WordOrPause> {
  for (const piece of pieces) {
    if (piece === undefined) yield undefined;
    else yield* split(piece);
  }
}
