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
  /** whether the range lies in the string; if not, no substring is found, not even the empty string */
  readonly isValid: boolean;
}

function resolveSearchRange(text: string, args: BoundArguments, state: RenderState): SearchRange {
  const clean = state.clean(text);
  state.budget.allocate(clean.length);
  if (!args.has('start') && !args.has('end')) return { text: clean, start: 0, isValid: true };
  const characters = Array.from(clean);
  const clamp = (position: number): number =>
    position < 0 ? Math.max(0, position + characters.length) : Math.min(position, characters.length);
  const requestedStart = args.integer('start') ?? 0;
  const [start, end] = [clamp(requestedStart), clamp(args.integer('end') ?? characters.length)];
  return {
    text: characters.slice(start, end).join(''),
    start,
    isValid: requestedStart <= characters.length && start <= end,
  };
}

/** Creates a function that returns the index of a substring, or -1. */
function createIndexFinder(
  name: string,
  fromRight: boolean,
): (text: string, args: BoundArguments, state: RenderState) => number {
  return (text, args, state) => {
    const substring = state.clean(args.requiredString(name));
    const range = resolveSearchRange(text, args, state);
    if (!range.isValid) return -1;
    const at = fromRight ? range.text.lastIndexOf(substring) : range.text.indexOf(substring);
    return at < 0 ? -1 : range.start + state.markedStrings.length(range.text.slice(0, at));
  };
}

const findMethod =
  (name: string, fromRight: boolean): StringMethod =>
  (text, args, state) =>
    createIndexFinder('sub', fromRight)(text, bindPositional(name, ['sub', 'start', 'end'], args), state);

const indexMethod =
  (name: string, fromRight: boolean): StringMethod =>
  (text, args, state) => {
    const at = createIndexFinder('sub', fromRight)(
      text,
      bindPositional(name, ['sub', 'start', 'end'], args),
      state,
    );
    return at < 0 ? raise('ValueError', 'substring not found') : at;
  };

const countOccurrences: StringMethod = (text, args, state) => {
  const boundArguments = bindPositional('count', ['sub', 'start', 'end'], args);
  const substring = state.clean(boundArguments.requiredString('sub'));
  const range = resolveSearchRange(text, boundArguments, state);
  if (!range.isValid) return 0;
  if (substring === '') return state.markedStrings.length(range.text) + 1;
  return range.text.split(substring).length - 1;
};

/** Creates a method that tests for an affix, or for any of a tuple of affixes. */
const affixMethod =
  (name: string, isPrefix: boolean, matches: (text: string, affix: string) => boolean): StringMethod =>
  (text, args, state) => {
    const boundArguments = bindPositional(name, ['affix', 'start', 'end'], args);
    const affix = boundArguments.required('affix');
    const affixes: readonly Value[] = affix instanceof Tuple ? affix.items : [affix];
    const isWhole = !boundArguments.has('start') && !boundArguments.has('end');
    const range = isWhole ? undefined : resolveSearchRange(text, boundArguments, state);
    return affixes.some((candidate) => {
      if (candidate instanceof Undefined) candidate.raise();
      if (!isString(candidate))
        raise('TypeError', `${name} needs a str or a tuple of str, got a ${typeName(candidate)}`);
      const clean = state.clean(stringOf(candidate));
      if (range !== undefined) return range.isValid && matches(range.text, clean);
      return matches(state.markedStrings.cleanAffix(text, isPrefix ? clean.length : -clean.length), clean);
    });
  };

export const SEARCH_METHODS: readonly (readonly [string, StringMethod])[] = [
  ['find', findMethod('find', false)],
  ['rfind', findMethod('rfind', true)],
  ['index', indexMethod('index', false)],
  ['rindex', indexMethod('rindex', true)],
  ['count', countOccurrences],
  ['startswith', affixMethod('startswith', true, (text, affix) => text.startsWith(affix))],
  ['endswith', affixMethod('endswith', false, (text, affix) => text.endsWith(affix))],
];
