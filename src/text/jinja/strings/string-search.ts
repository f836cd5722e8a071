// Methods of texts that look for others in them. Places are counted in characters.

import { raise } from '../errors.ts';
import { type Bound, bindPlaces } from '../values/arguments.ts';
import { markupText } from '../values/markup.ts';
import { isText, type Run, Tuple, typeName, Undefined, type Value } from '../values/values.ts';
import type { TextMethod } from './string-method.ts';

/** The part of a text that is searched, and where it begins. */
interface Window {
  readonly text: string;
  readonly start: number;
  /** whether `start` is within the text */
  readonly within: boolean;
}

function windowOf(text: string, given: Bound, run: Run): Window {
  const clean = run.clean(text);
  run.budget.text(clean.length);
  if (!given.has('start') && !given.has('end')) return { text: clean, start: 0, within: true };
  const characters = Array.from(clean);
  const bound = (place: number): number =>
    place < 0 ? Math.max(0, place + characters.length) : Math.min(place, characters.length);
  const first = given.whole('start') ?? 0;
  const [start, end] = [bound(first), bound(given.whole('end') ?? characters.length)];
  return {
    text: characters.slice(start, end).join(''),
    start,
    within: first <= characters.length && start <= end,
  };
}

/** The place of a text, or -1. */
function placeOf(name: string, last: boolean): (text: string, given: Bound, run: Run) => number {
  return (text, given, run) => {
    const searched = run.clean(given.requiredText(name));
    const part = windowOf(text, given, run);
    if (!part.within) return -1;
    const at = last ? part.text.lastIndexOf(searched) : part.text.indexOf(searched);
    return at < 0 ? -1 : part.start + run.marked.length(part.text.slice(0, at));
  };
}

const find =
  (name: string, last: boolean): TextMethod =>
  (text, given, run) =>
    placeOf('sub', last)(text, bindPlaces(name, ['sub', 'start', 'end'], given), run);

const index =
  (name: string, last: boolean): TextMethod =>
  (text, given, run) => {
    const at = placeOf('sub', last)(text, bindPlaces(name, ['sub', 'start', 'end'], given), run);
    return at < 0 ? raise('ValueError', 'substring not found') : at;
  };

const count: TextMethod = (text, given, run) => {
  const bound = bindPlaces('count', ['sub', 'start', 'end'], given);
  const searched = run.clean(bound.requiredText('sub'));
  const part = windowOf(text, bound, run);
  if (!part.within) return 0;
  if (searched === '') return run.marked.length(part.text) + 1;
  return part.text.split(searched).length - 1;
};

/** Whether the text has an affix, or any of a tuple of them. */
const hasAffix =
  (name: string, atStart: boolean, has: (text: string, affix: string) => boolean): TextMethod =>
  (text, given, run) => {
    const bound = bindPlaces(name, ['affix', 'start', 'end'], given);
    const affix = bound.required('affix');
    const affixes: readonly Value[] = affix instanceof Tuple ? affix.items : [affix];
    const whole = !bound.has('start') && !bound.has('end');
    const part = whole ? undefined : windowOf(text, bound, run);
    return affixes.some((one) => {
      if (one instanceof Undefined) one.raise();
      if (!isText(one)) raise('TypeError', `${name} takes a str or a tuple of them, not a ${typeName(one)}`);
      const clean = run.clean(markupText(one));
      if (part !== undefined) return part.within && has(part.text, clean);
      return has(run.marked.cleanEnd(text, atStart ? clean.length : -clean.length), clean);
    });
  };

export const SEARCHING: readonly (readonly [string, TextMethod])[] = [
  ['find', find('find', false)],
  ['rfind', find('rfind', true)],
  ['index', index('index', false)],
  ['rindex', index('rindex', true)],
  ['count', count],
  ['startswith', hasAffix('startswith', true, (text, affix) => text.startsWith(affix))],
  ['endswith', hasAffix('endswith', false, (text, affix) => text.endsWith(affix))],
];
