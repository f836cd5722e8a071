// Cuts a text into words, lazily: between two words others may have their turn, and a pattern may be at work
// on several texts at once, so its place in the text is kept here and not in the pattern.

import type { Match } from '../pattern/matcher.ts';

/** A word; or undefined, where a long stretch was looked through and others may have their turn. */
export type WordOrPause = string | undefined;

/** Cuts one piece of text into smaller ones, in order, none empty. */
export type TextSplitter = (text: string) => Iterable<WordOrPause>;

// Characters that are looked through at once before others may have their turn: some tens of microseconds.
const PAUSE_UNITS = 4096;

/** What a pattern matches is cut out, and may be kept or dropped, as what stands between. */
export interface KeptPieces {
  readonly matches: boolean;
  readonly gaps: boolean;
}

const BOTH: KeptPieces = { matches: true, gaps: true };

/** The matches in a text from the left, none overlapping; undefined where others may have their turn. */
export type FindMatches = (text: string) => Iterable<Match | undefined>;

/** Cuts at the ends of what is found. An empty match is a cut too. */
export function splitAtMatches(find: FindMatches, keep: KeptPieces = BOTH): TextSplitter {
  return (text) => matchesAndGaps(text, find(text), keep);
}

/** Cuts by the matches of `pattern`, which is global and takes linear time. */
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

/** What JavaScript's own engine finds. */
export function* matchesOf(pattern: RegExp, text: string): Generator<Match | undefined> {
  for (let from = 0; from <= text.length; ) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if ((match === null ? text.length : pattern.lastIndex) - from > PAUSE_UNITS) yield undefined;
    if (match === null) return;
    const end = match.index + match[0].length;
    yield [match.index, end];
    from = end > match.index ? end : end + characterLength(text, end);
  }
}

const characterLength = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

export interface GroupedDigits {
  /** matches a whole run of digits; global */
  readonly run: RegExp;
  /** the run is cut out of what stands around it; otherwise it is only cut within */
  readonly isolated: boolean;
}

/**
 * Cuts runs of digits into groups of three from the right: 1234567 -> 1, 234, 567. The lookahead that
 * tokenizers write for it reads a long run again for each of its digits.
 */
export function splitDigits({ run, isolated }: GroupedDigits): TextSplitter {
  return function* (text) {
    let end = 0;
    for (const match of findDigitRuns(run, text)) {
      if (match === undefined) {
        yield undefined;
        continue;
      }
      for (const cut of boundariesInRun(match, isolated)) {
        if (end < cut) yield text.slice(end, cut);
        end = cut;
      }
    }
    if (end < text.length) yield text.slice(end);
  };
}

// A text without digits is looked through by parts: it may be long, and one search through all of it would not pause.
function* findDigitRuns(run: RegExp, text: string): Generator<RegExpExecArray | undefined> {
  const here = new RegExp(run.source, 'uy');
  const digit = /\p{N}/gu;
  for (let start = 0, from = 0; start < text.length; ) {
    const end = avoidSurrogateSplit(text, start + PAUSE_UNITS);
    const part = text.slice(start, end);
    while (from < end) {
      digit.lastIndex = from - start;
      const found = digit.exec(part);
      if (found === null) break;
      here.lastIndex = start + found.index;
      const match = here.exec(text);
      if (match !== null) yield match;
      from = match === null ? start + digit.lastIndex : here.lastIndex;
    }
    start = end;
    from = Math.max(from, end);
    if (end < text.length) yield undefined;
  }
}

// Not between the halves of a surrogate pair.
const avoidSurrogateSplit = (text: string, at: number): number =>
  at >= text.length ? text.length : at + ((text.codePointAt(at - 1) ?? 0) > 0xffff ? 1 : 0);

// Places of the cuts. A digit may be two code units long.
function* boundariesInRun({ 0: run, index }: RegExpExecArray, isolated: boolean): Generator<number> {
  const digits = Array.from(run);
  let at = index;
  if (isolated) yield at;
  for (const [place, digit] of digits.entries()) {
    if ((digits.length - place) % 3 === 0) yield at;
    at += digit.length;
  }
  if (isolated) yield at;
}

/** One cut after the other: each cuts the pieces of the one before. */
export function chainSplitters(cuts: readonly TextSplitter[]): TextSplitter {
  const [first, ...others] = cuts;
  if (first === undefined) return (text) => (text === '' ? [] : [text]);
  return others.reduce<TextSplitter>((before, cut) => (text) => splitEach(before(text), cut), first);
}

function* splitEach(pieces: Iterable<WordOrPause>, cut: TextSplitter): Generator<WordOrPause> {
  for (const piece of pieces) {
    if (piece === undefined) yield undefined;
    else yield* cut(piece);
  }
}
