// Cuts a text into words, lazily: between two words others may have their turn, and a pattern may be at work
// on several texts at once, so its place in the text is kept here and not in the pattern.

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

/** Cuts by the matches of `pattern`, which is global. An empty match is a cut too. */
export function cutByPattern(pattern: RegExp, keep: KeptParts = BOTH): Cut {
  return (text) => matchesAndOthers(text, pattern, keep);
}

function* matchesAndOthers(text: string, pattern: RegExp, keep: KeptParts): Generator<WordOrPause> {
  let end = 0;
  for (let from = 0; from <= text.length; ) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if ((match === null ? text.length : pattern.lastIndex) - from > LONG) yield undefined;
    if (match === null) break;
    const [found] = match;
    if (keep.others && end < match.index) yield text.slice(end, match.index);
    if (keep.matches && found !== '') yield found;
    end = match.index + found.length;
    from = found === '' ? end + characterLength(text, end) : end;
  }
  if (keep.others && end < text.length) yield text.slice(end);
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
    for (const match of text.matchAll(run)) {
      for (const cut of cutsInRun(match, isolated)) {
        if (end < cut) yield text.slice(end, cut);
        end = cut;
      }
    }
    if (end < text.length) yield text.slice(end);
  };
}

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
