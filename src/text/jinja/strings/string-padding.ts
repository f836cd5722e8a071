// String methods that pad to a width.

import { raise } from '../errors.ts';
import { bindArguments, bindPositional } from '../values/arguments.ts';
import type { RenderState } from '../values/values.ts';
import type { StringMethod } from './string-method.ts';

/** Repeats a string and charges the budget for the result. */
export function repeat(text: string, count: number, state: RenderState): string {
  state.budget.allocate(text.length * Math.max(0, count));
  return text.repeat(Math.max(0, count));
}

/** Returns how many of the `missing` characters are added on the left. */
type LeftPadding = (missing: number, width: number) => number;

const padMethod =
  (name: string, leftPadding: LeftPadding): StringMethod =>
  (text, args, state) => {
    const boundArguments = bindPositional(name, ['width', 'fillchar'], args);
    const width = boundArguments.integer('width') ?? raise('TypeError', `${name} needs a width`);
    const fill = boundArguments.string('fillchar') ?? ' ';
    if (state.markedStrings.length(fill) !== 1)
      raise('TypeError', `${name}: the fill character must be exactly one character long`);
    return padString(text, width, fill, leftPadding, state);
  };

function padString(
  text: string,
  width: number,
  fill: string,
  leftPadding: LeftPadding,
  state: RenderState,
): string {
  const missingWidth = width - state.markedStrings.length(text);
  if (missingWidth <= 0) return text;
  const left = leftPadding(missingWidth, width);
  return repeat(fill, left, state) + text + repeat(fill, missingWidth - left, state);
}

// As in CPython, if `missing` is odd, one side is longer by one character: the left if the width is odd, otherwise the
// right.
const centerPadding: LeftPadding = (missing, width) => Math.floor(missing / 2) + (missing & width & 1);

export const center = (text: string, width: number, state: RenderState): string =>
  padString(text, width, ' ', centerPadding, state);

const fillWithZeros: StringMethod = (text, args, state) => {
  const width = bindPositional('zfill', ['width'], args).integer('width');
  if (width === undefined) raise('TypeError', 'zfill needs a width');
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const missingWidth = width - state.markedStrings.length(text);
  return sign + repeat('0', missingWidth, state) + text.slice(sign.length);
};

const expandTabs: StringMethod = (text, args, state) => {
  const size = bindArguments('expandtabs', ['tabsize'], args).integer('tabsize') ?? 8;
  let column = 0;
  const expanded = state.markedStrings.characters(text).map((character) => {
    const clean = state.clean(character);
    if (clean === '\t') {
      const spaces = size > 0 ? size - (column % size) : 0;
      column += spaces;
      return repeat(' ', spaces, state);
    }
    column = clean === '\n' || clean === '\r' ? 0 : column + 1;
    return character;
  });
  state.budget.step(expanded.length);
  return expanded.join('');
};

export const PADDING_METHODS: readonly (readonly [string, StringMethod])[] = [
  ['center', padMethod('center', centerPadding)],
  ['ljust', padMethod('ljust', () => 0)],
  ['rjust', padMethod('rjust', (missing) => missing)],
  ['zfill', fillWithZeros],
  ['expandtabs', expandTabs],
];
