// String methods that pad to a width.

import { raise } from '../errors.ts';
import { bind, bindPositional } from '../values/arguments.ts';
import type { RenderState } from '../values/values.ts';
import type { StringMethod } from './string-method.ts';

/** Repeats a string, within the budget. */
export function repeat(text: string, count: number, state: RenderState): string {
  state.budget.allocate(text.length * Math.max(0, count));
  return text.repeat(Math.max(0, count));
}

/** Returns how many of the missing characters go to the left. */
type LeftPadding = (missing: number, width: number) => number;

const pad =
  (name: string, share: LeftPadding): StringMethod =>
  (text, given, state) => {
    const bound = bindPositional(name, ['width', 'fillchar'], given);
    const width = bound.integer('width') ?? raise('TypeError', `${name} needs a width`);
    const fill = bound.string('fillchar') ?? ' ';
    if (state.markedStrings.length(fill) !== 1)
      raise('TypeError', `${name}: the fill character must be exactly one character long`);
    return padString(text, width, fill, share, state);
  };

function padString(
  text: string,
  width: number,
  fill: string,
  share: LeftPadding,
  state: RenderState,
): string {
  const missing = width - state.markedStrings.length(text);
  if (missing <= 0) return text;
  const left = share(missing, width);
  return repeat(fill, left, state) + text + repeat(fill, missing - left, state);
}

// As in CPython, an odd character goes to the left if the width is odd.
const centerPadding: LeftPadding = (missing, width) => Math.floor(missing / 2) + (missing & width & 1);

export const center = (text: string, width: number, state: RenderState): string =>
  padString(text, width, ' ', centerPadding, state);

const fillZeros: StringMethod = (text, given, state) => {
  const width = bindPositional('zfill', ['width'], given).integer('width');
  if (width === undefined) raise('TypeError', 'zfill needs a width');
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const missing = width - state.markedStrings.length(text);
  return sign + repeat('0', missing, state) + text.slice(sign.length);
};

const expandTabs: StringMethod = (text, given, state) => {
  const size = bind('expandtabs', ['tabsize'], given).integer('tabsize') ?? 8;
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
  ['center', pad('center', centerPadding)],
  ['ljust', pad('ljust', () => 0)],
  ['rjust', pad('rjust', (missing) => missing)],
  ['zfill', fillZeros],
  ['expandtabs', expandTabs],
];
