// String methods that search for substrings. Indices count characters.

import { raise } from '../errors.ts';
import { type BoundArguments, bindPositional } from '../values/arguments.ts';
import { stringOf } from '../values/markup.ts';
import { isString, type RenderState, Tuple, typeName, Undefined, type Value } from '../values/values.ts';
import type { StringMethod } from './string-method.ts';

/** The part of a string that is searched. */
interface SearchRange {
  readonly text: string;
  readonly start: number;
  /** whether `start` is within the string */
  readonly within: boolean;
}

function searchRange(text: string, given: BoundArguments, state: RenderState): SearchRange {
  const clean = state.clean(text);
  state.budget.allocate(clean.length);
  if (!given.has('start') && !given.has('end')) return { text: clean, start: 0, within: true };
  const characters = Array.from(clean);
  const bound = (place: number): number =>
    place < 0 ? Math.max(0, place + characters.length) : Math.min(place, characters.length);
  const first = given.integer('start') ?? 0;
  const [start, end] = [bound(first), bound(given.integer('end') ?? characters.length)];
  return {
    text: characters.slice(start, end).join(''),
    start,
    within: first <= characters.length && start <= end,
  };
}

/** Returns the index of a substring, or -1. */
function indexOfSubstring(
  name: string,
  last: boolean,
): (text: string, given: BoundArguments, state: RenderState) => number {
  return (text, given, state) => {
    const searched = state.clean(given.requiredString(name));
    const part = searchRange(text, given, state);
    if (!part.within) return -1;
    const at = last ? part.text.lastIndexOf(searched) : part.text.indexOf(searched);
    return at < 0 ? -1 : part.start + state.markedStrings.length(part.text.slice(0, at));
  };
}

const find =
  (name: string, last: boolean): StringMethod =>
  (text, given, state) =>
    indexOfSubstring('sub', last)(text, bindPositional(name, ['sub', 'start', 'end'], given), state);

const index =
  (name: string, last: boolean): StringMethod =>
  (text, given, state) => {
    const at = indexOfSubstring('sub', last)(
      text,
      bindPositional(name, ['sub', 'start', 'end'], given),
      state,
    );
    return at < 0 ? raise('ValueError', 'substring not found') : at;
  };

const count: StringMethod = (text, given, state) => {
  const bound = bindPositional('count', ['sub', 'start', 'end'], given);
  const searched = state.clean(bound.requiredString('sub'));
  const part = searchRange(text, bound, state);
  if (!part.within) return 0;
  if (searched === '') return state.markedStrings.length(part.text) + 1;
  return part.text.split(searched).length - 1;
};

/** Tests for an affix, or any of a tuple of affixes. */
const hasAffix =
  (name: string, atStart: boolean, has: (text: string, affix: string) => boolean): StringMethod =>
  (text, given, state) => {
    const bound = bindPositional(name, ['affix', 'start', 'end'], given);
    const affix = bound.required('affix');
    const affixes: readonly Value[] = affix instanceof Tuple ? affix.items : [affix];
    const whole = !bound.has('start') && !bound.has('end');
    const part = whole ? undefined : searchRange(text, bound, state);
    return affixes.some((one) => {
      if (one instanceof Undefined) one.raise();
      if (!isString(one)) raise('TypeError', `${name} needs a str or a tuple of str, got a ${typeName(one)}`);
      const clean = state.clean(stringOf(one));
      if (part !== undefined) return part.within && has(part.text, clean);
      return has(state.markedStrings.cleanAffix(text, atStart ? clean.length : -clean.length), clean);
    });
  };

export const SEARCH_METHODS: readonly (readonly [string, StringMethod])[] = [
  ['find', find('find', false)],
  ['rfind', find('rfind', true)],
  ['index', index('index', false)],
  ['rindex', index('rindex', true)],
  ['count', count],
  ['startswith', hasAffix('startswith', true, (text, affix) => text.startsWith(affix))],
  ['endswith', hasAffix('endswith', false, (text, affix) => text.endsWith(affix))],
];
