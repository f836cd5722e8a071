// Cuts a text into words, lazily: between two words others may have their turn, and a pattern may be at work
// on several texts at once, so its place in the text is kept here and not in the pattern.

import type { Match } from '../pattern/matcher.ts';

/** A word; or undefined, where a long stretch was looked through and others may have their turn. */
export type WordOrPause = string | undefined;

/** Cuts one piece of text into smaller ones, in order, none empty. */
export type Cut = (text: string) => Iterable<WordOrPause>;

// Characters that are looked through at once before others may have their turn: some tens of microseconds.
const LONG = 4096;

/** What a pattern matches is cut out, and may be kept or dropped, as what stands between. */
export interface KeptParts {
  readonly matches: boolean;
  readonly others: boolean;
}

const BOTH: KeptParts = { matches: true, others: true };

/** The matches in a text from the left, none overlapping; undefined where others may have their turn. */
export type FindMatches = (text: string) => Iterable<Match | undefined>;

/** Cuts at the ends of what is found. An empty match is a cut too. */
export function cutAtMatches(find: FindMatches, keep: KeptParts = BOTH): Cut {
  return (text) => matchesAndOthers(text, find(text), keep);
}

/** Cuts by the matches of `pattern`, which is global and takes linear time. */
export const cutByPattern = (pattern: RegExp, keep: KeptParts = BOTH): Cut =>
  cutAtMatches((text) => matchesOf(pattern, text), keep);

function* matchesAndOthers(
  text: string,
  matches: Iterable<Match | undefined>,
  keep: KeptParts,
): Generator<WordOrPause> {
  let end = 0;
  for (const match of matches) {
    if (match === undefined) {
      yield undefined;
      continue;
    }
    const [start, stop] = match;
    if (keep.others && end < start) yield text.slice(end, start);
    if (keep.matches && start < stop) yield text.slice(start, stop);
    end = stop;
  }
  if (keep.others && end < text.length) yield text.slice(end);
}

/** What JavaScript's own engine finds. */
export function* matchesOf(pattern: RegExp, text: string): Generator<Match | undefined> {
  for (let from = 0; from <= text.length; ) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if ((match === null ? text.length : pattern.lastIndex) - from > LONG) yield undefined;
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
export function cutDigits({ run, isolated }: GroupedDigits): Cut {
  return function* (text) {
    let end = 0;
    for (const match of runsOf(run, text)) {
      if (match === undefined) {
        yield undefined;
        continue;
      }
      for (const cut of cutsInRun(match, isolated)) {
        if (end < cut) yield text.slice(end, cut);
        end = cut;
      }
    }
    if (end < text.length) yield text.slice(end);
  };
}

// A text without digits is looked through by parts: it may be long, and one search through all of it would not pause.
function* runsOf(run: RegExp, text: string): Generator<RegExpExecArray | undefined> {
  const here = new RegExp(run.source, 'uy');
  const digit = /\p{N}/gu;
  for (let start = 0, from = 0; start < text.length; ) {
    const end = partEnd(text, start + LONG);
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
const partEnd = (text: string, at: number): number =>
  at >= text.length ? text.length : at + ((text.codePointAt(at - 1) ?? 0) > 0xffff ? 1 : 0);

// Places of the cuts. A digit may be two code units long.
function* cutsInRun({ 0: run, index }: RegExpExecArray, isolated: boolean): Generator<number> {
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
export function cutInTurn(cuts: readonly Cut[]): Cut {
  const [first, ...others] = cuts;
  if (first === undefined) return (text) => (text === '' ? [] : [text]);
  return others.reduce<Cut>((before, cut) => (text) => cutEach(before(text), cut), first);
}

function* cutEach(pieces: Iterable<WordOrPause>, cut: Cut): Generator<WordOrPause> {
  for (const piece of pieces) {
    if (piece === undefined) yield undefined;
    else yield* cut(piece);
  }
}
