// Finds LaTeX formulas in the text of a model: `$a$`, `$$a$$`, `\(a\)` and `\[a\]`. A dollar sign is far more often a price or
// a shell variable than a formula, so the rules for single dollars are strict. This file does not parse Markdown: the
// parser excludes ranges that are code or link targets.
//
//   "$5 and $10"     no formula: a closing dollar must not follow a space
//   "$HOME/$USER"    no formula: starts with a name in capitals, and a letter follows the second dollar
//   "the $n$th"      the formula n

export interface FormulaRange {
  /** offset after the closing delimiter */
  readonly end: number;
  /** characters of each delimiter */
  readonly width: 1 | 2;
  /** whether the formula is displayed as a block */
  readonly display: boolean;
}

/** Characters. Bounds the work of the parser, which may try every range, and of KaTeX. */
export const MAX_FORMULA_LENGTH = 2000;
/** Formulas per text; KaTeX needs a few milliseconds for each formula. */
export const MAX_FORMULAS = 500;

const OPENERS = /\$\$?|\\[([]/g;
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n))[\t >]*[\r\n]/g;

/** Returns the ranges by start offset. Ranges may overlap: the parser accepts them from left to right. */
export function findFormulas(text: string): ReadonlyMap<number, FormulaRange> {
  const ranges = new Map<number, FormulaRange>();
  if (!/[$\\]/.test(text)) return ranges;
  const closers = {
    $$: offsetsOf(text, /\$\$/g),
    '\\(': offsetsOf(text, /\\\)/g),
    '\\[': offsetsOf(text, /\\\](?!\()/g),
  };
  const blankLines = offsetsOf(text, BLANK_LINE);
  for (const { 0: opener, index } of text.matchAll(OPENERS)) {
    if (ranges.size >= MAX_FORMULAS) break;
    if (isEscaped(text, index)) continue;
    if (opener === '$') {
      const end = endOfDollar(text, index);
      if (end !== undefined) ranges.set(index, { end, width: 1, display: false });
      continue;
    }
    const end = firstFrom(closers[opener as keyof typeof closers], index + 2);
    const limit = Math.min(firstFrom(blankLines, index) ?? text.length, index + MAX_FORMULA_LENGTH);
    if (end === undefined || end + 2 > limit || text.slice(index + 2, end).trim() === '') continue;
    ranges.set(index, { end: end + 2, width: 2, display: opener !== '\\(' });
  }
  return ranges;
}

/** Returns the offset after the next dollar on the line, if it closes a formula that starts at `start`; else undefined. */
function endOfDollar(text: string, start: number): number | undefined {
  if (/[\p{L}\p{N}_$]/u.test(text[start - 1] ?? '')) return undefined;
  const inner = /((?:\\[^\r\n]|[^$\\\r\n])+)\$(?!\$)(.?)/y;
  inner.lastIndex = start + 1;
  const [, formula = '', next = ''] = inner.exec(text.slice(0, start + MAX_FORMULA_LENGTH)) ?? [];
  if (formula === '' || /^\s|\s$/.test(formula) || /\d/.test(next)) return undefined;
  if (/^[A-Z_][A-Z0-9_]+\b/.test(formula) && /[A-Za-z_{]/.test(next)) return undefined;
  if (isSentence(formula)) return undefined;
  return start + 1 + formula.length + 1;
}

/** Returns whether the text is an amount of money followed by words: "$5, or 4$". */
function isSentence(formula: string): boolean {
  if (!/^\d/.test(formula)) return false;
  const withoutCommands = formula.replace(/\\[A-Za-z]+\*?(\{[^{}]*\})?/g, '');
  return /\s\p{L}{2,}/u.test(withoutCommands);
}

function isEscaped(text: string, index: number): boolean {
  let slashes = 0;
  while (text[index - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

function offsetsOf(text: string, pattern: RegExp): readonly number[] {
  return Array.from(text.matchAll(pattern), ({ index }) => index);
}

/** Returns the first of the sorted offsets that is at least `from`. */
function firstFrom(offsets: readonly number[], from: number): number | undefined {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return offsets[low];
}
