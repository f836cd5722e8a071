// Methods of texts that make them as long as wanted.

import { raise } from '../errors.ts';
import { bind, bindPlaces } from '../values/arguments.ts';
import type { Run } from '../values/values.ts';
import type { TextMethod } from './string-method.ts';

/** `count` times a text, where a text of that length may be made. */
export function repeated(text: string, count: number, run: Run): string {
  run.budget.text(text.length * Math.max(0, count));
  return text.repeat(Math.max(0, count));
}

/** What of the missing characters goes to the left. */
type Share = (missing: number, width: number) => number;

const pad =
  (name: string, share: Share): TextMethod =>
  (text, given, run) => {
    const bound = bindPlaces(name, ['width', 'fillchar'], given);
    const width = bound.whole('width') ?? raise('TypeError', `${name} needs a width`);
    const fill = bound.text('fillchar') ?? ' ';
    if (run.marked.length(fill) !== 1) raise('TypeError', `${name}: what fills is one character`);
    return padded(text, width, fill, share, run);
  };

function padded(text: string, width: number, fill: string, share: Share, run: Run): string {
  const missing = width - run.marked.length(text);
  if (missing <= 0) return text;
  const left = share(missing, width);
  return repeated(fill, left, run) + text + repeated(fill, missing - left, run);
}

// As CPython centers: what is odd goes left where the width is odd.
const middle: Share = (missing, width) => Math.floor(missing / 2) + (missing & width & 1);

export const centered = (text: string, width: number, run: Run): string =>
  padded(text, width, ' ', middle, run);

const fillZeros: TextMethod = (text, given, run) => {
  const width = bindPlaces('zfill', ['width'], given).whole('width');
  if (width === undefined) raise('TypeError', 'zfill needs a width');
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const missing = width - run.marked.length(text);
  return sign + repeated('0', missing, run) + text.slice(sign.length);
};

const expandTabs: TextMethod = (text, given, run) => {
  const size = bind('expandtabs', ['tabsize'], given).whole('tabsize') ?? 8;
  let column = 0;
  const expanded = run.marked.characters(text).map((character) => {
    const clean = run.clean(character);
    if (clean === '\t') {
      const spaces = size > 0 ? size - (column % size) : 0;
      column += spaces;
      return repeated(' ', spaces, run);
    }
    column = clean === '\n' || clean === '\r' ? 0 : column + 1;
    return character;
  });
  run.budget.step(expanded.length);
  return expanded.join('');
};

export const PADDING: readonly (readonly [string, TextMethod])[] = [
  ['center', pad('center', middle)],
  ['ljust', pad('ljust', () => 0)],
  ['rjust', pad('rjust', (missing) => missing)],
  ['zfill', fillZeros],
  ['expandtabs', expandTabs],
];
