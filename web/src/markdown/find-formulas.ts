// Where formulas of LaTeX stand in what a model wrote: `$a$`, `$$a$$`, `\(a\)` and `\[a\]`. A dollar is far more often
// a price or a variable of a shell than a formula, so a pair of single ones must look like nothing else. Only the
// text is looked at: that a place is code or the address of a link is for the Markdown parser to know.
//
//   "$5 and $10"     none: a closing dollar follows no space
//   "$HOME/$USER"    none: a name in capitals, and a letter after it
//   "the $n$th"      one

export interface FormulaPlace {
  /** offset behind the closing delimiter */
  readonly end: number;
  /** characters of each delimiter */
  readonly width: 1 | 2;
  /** set apart on lines of its own */
  readonly display: boolean;
}

/** Bounds the work of both the parser, which may try each place, and of KaTeX. */
export const LONGEST_FORMULA = 2000;
/** Formulas of a text; each takes KaTeX some milliseconds. */
export const MOST_FORMULAS = 500;

const OPENERS = /\$\$?|\\[([]/g;
const BLANK_LINE = /\n[\t >]*\n/g;

/** Places by the offsets at which they begin. They may overlap: the parser takes them from left to right. */
export function findFormulas(text: string): ReadonlyMap<number, FormulaPlace> {
  const places = new Map<number, FormulaPlace>();
  if (!/[$\\]/.test(text)) return places;
  const ends = {
    $$: offsetsOf(text, /\$\$/g),
    '\\(': offsetsOf(text, /\\\)/g),
    '\\[': offsetsOf(text, /\\\](?!\()/g),
  };
  const blanks = offsetsOf(text, BLANK_LINE);
  for (const { 0: opener, index } of text.matchAll(OPENERS)) {
    if (places.size >= MOST_FORMULAS) break;
    if (isEscaped(text, index)) continue;
    if (opener === '$') {
      const end = endOfDollar(text, index);
      if (end !== undefined) places.set(index, { end, width: 1, display: false });
      continue;
    }
    const end = firstAfter(ends[opener as keyof typeof ends], index + 2);
    const limit = Math.min(firstAfter(blanks, index) ?? text.length, index + LONGEST_FORMULA);
    if (end === undefined || end + 2 > limit || text.slice(index + 2, end).trim() === '') continue;
    places.set(index, { end: end + 2, width: 2, display: opener !== '\\(' });
  }
  return places;
}

/** Behind the dollar that closes a formula, which is the next one on its line; undefined where none is meant. */
function endOfDollar(text: string, start: number): number | undefined {
  if (/[\p{L}\p{N}_$]/u.test(text[start - 1] ?? '')) return undefined;
  const inner = /((?:\\[^\n]|[^$\\\n])+)\$(?!\$)(.?)/y;
  inner.lastIndex = start + 1;
  const [, formula = '', next = ''] = inner.exec(text.slice(0, start + LONGEST_FORMULA)) ?? [];
  if (formula === '' || /^\s|\s$/.test(formula) || /\d/.test(next)) return undefined;
  if (/^[A-Z_][A-Z0-9_]+\b/.test(formula) && /[A-Za-z_{]/.test(next)) return undefined;
  if (isSentence(formula)) return undefined;
  return start + 1 + formula.length + 1;
}

/** An amount of money and words after it: "$5, or 4$". */
function isSentence(formula: string): boolean {
  if (!/^\d/.test(formula)) return false;
  const plain = formula.replace(/\\[A-Za-z]+\*?(\{[^{}]*\})?/g, '');
  return /\s\p{L}{2,}/u.test(plain);
}

function isEscaped(text: string, index: number): boolean {
  let slashes = 0;
  while (text[index - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

function offsetsOf(text: string, pattern: RegExp): readonly number[] {
  return Array.from(text.matchAll(pattern), ({ index }) => index);
}

/** The first of sorted `offsets` that is not before `from`. */
function firstAfter(offsets: readonly number[], from: number): number | undefined {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return offsets[low];
}
