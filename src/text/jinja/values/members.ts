// `a.b`, `a[b]` and `a[b:c]`: attributes are looked for first by a dot, items first by brackets, as in jinja, and
// what there is not is undefined. Nothing that changes a value can be reached.

import type { Steps } from '../../../base/steps.ts';
import { except, raise } from '../errors.ts';
import { textMethod } from '../strings/string-methods.ts';
import { refused } from '../unsupported.ts';
import { Dict } from './dict.ts';
import { lengthOf } from './iterate.ts';
import { markupText, textLike } from './markup.ts';
import { wholeNumber } from './numbers.ts';
import { isChanging, objectMember } from './object-members.ts';
import {
  Attributed,
  isInt,
  isText,
  type Markup,
  Namespace,
  NativeFunction,
  orElse,
  Range,
  type Run,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** `object.name` */
export function attribute(object: Value, name: string, run: Run): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && !isChanging(object, name) && !name.startsWith('_'))
    return objectMember(object, name) ?? orElse(object.named(name), () => missing(object, name));
  const found = memberOf(object, name, run);
  if (found !== undefined) return found;
  return orElse(itemOf(object, name, run), () => missing(object, name));
}

/** `object[key]` */
export function item(object: Value, key: Value, run: Run): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && typeof key === 'string') {
    const value = object.get(key, run.clean);
    if (value !== undefined) return value;
  }
  const found = except(['TypeError', 'LookupError'], () => itemOf(object, key, run));
  if (found !== undefined) return found;
  const name = isText(key) ? run.clean(markupText(key)) : undefined;
  if (name === undefined) return missing(object, typeName(key));
  return orElse(memberOf(object, name, run), () => missing(object, name));
}

/**
 * By the rules of filters: a path with dots, whose whole numbers are places.
 * @param otherwise what stands for each part that there is not
 */
export function attributeGetter(path: Value, run: Run, otherwise?: Value): (value: Value) => Value {
  if (path === null) return (value) => value;
  const parts: readonly Value[] = isText(path)
    ? run
        .clean(markupText(path))
        .split('.')
        .map((part) => (/^[0-9]+$/.test(part) ? Number(part) : part))
    : [path];
  return (value) =>
    parts.reduce<Value>((object, part) => {
      const found = item(object, part, run);
      return found instanceof Undefined ? (otherwise ?? found) : found;
    }, value);
}

/** As `getattr` of the sandbox; undefined where there is no such attribute. */
export function memberOf(object: Value, name: string, run: Run): Value | undefined {
  if (object instanceof Undefined) return isSpecial(name) ? undefined : object.raise();
  if (name.startsWith('_')) return isSpecial(name) ? unsafe(object, name) : undefined;
  if (isText(object)) return textMethod(object, name, run);
  if (object instanceof NativeFunction) return refused('attribute of a function');
  if (object instanceof Namespace) return object.attributes.get(name);
  if (object instanceof Attributed) return object.attribute(name);
  if (object instanceof Tuple && object.names.includes(name)) return object.items[object.names.indexOf(name)];
  return isChanging(object, name) ? unsafe(object, name) : objectMember(object, name);
}

const isSpecial = (name: string): boolean => name.startsWith('__');

const unsafe = (object: Value, name: string): Value =>
  new Undefined(`access to ${name} of a ${typeName(object)} is not safe`, 'SecurityError');

const missing = (object: Value, name: string): Value =>
  new Undefined(`a ${typeName(object)} has no ${JSON.stringify(name)}`);

// Raises where Python does, but for places that there are not.
function itemOf(object: Value, key: Value, run: Run): Value | undefined {
  if (object instanceof Dict) return object.get(key, run.clean);
  if (object instanceof Namespace) return undefined;
  if (!(isInt(key) || typeof key === 'boolean')) return undefined;
  const place = wholeNumber(key, 'a place');
  if (Array.isArray(object)) return object.at(place);
  if (object instanceof Tuple) return object.items.at(place);
  if (isText(object)) return characterAt(object, place, run);
  if (!(object instanceof Range)) return undefined;
  const index = place < 0 ? place + object.length : place;
  return index >= 0 && index < object.length ? object.at(index) : undefined;
}

function characterAt(object: string | Markup, place: number, run: Run): Value | undefined {
  const text = markupText(object);
  const found = (run.marked.isSimple(text) ? text : run.marked.characters(text)).at(place);
  return found === undefined ? undefined : textLike(object, found);
}

export interface Bounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** `object[start:stop:step]` */
export function* slice(object: Value, bounds: Bounds, run: Run): Steps<Value> {
  if (object instanceof Undefined) object.raise();
  const { start, stop, step } = bounds;
  for (const bound of [start, stop, step]) if (bound !== null) wholeNumber(bound, 'a bound of a slice');
  if (isText(object)) {
    const text = markupText(object);
    return textLike(object, yield* sliceText(text, bounds, run));
  }
  if (Array.isArray(object)) return sliced(object, bounds, run);
  if (object instanceof Tuple) return new Tuple(sliced(object.items, bounds, run));
  if (object instanceof Range) return sliceRange(object, bounds);
  return raise('TypeError', `a ${typeName(object)} cannot be sliced`);
}

function* sliceText(text: string, bounds: Bounds, run: Run): Steps<string> {
  const simple = run.marked.isSimple(text);
  const length = simple ? text.length : (lengthOf(text, run) ?? 0);
  const { start, stop, step } = resolved(bounds, length);
  run.budget.text(Math.abs(stop - start));
  if (step === 1 && simple) return text.slice(start, Math.max(start, stop));
  // At the beginning of a long text the rest need not be looked at.
  const near = step === 1 && stop * 8 < text.length ? run.marked.beginning(text, stop) : undefined;
  const characters = near ?? (yield* run.marked.charactersOf(text, run.budget));
  if (step === 1) return characters.slice(start, Math.max(start, stop)).join('');
  return places(start, stop, step, run)
    .map((place) => characters[place] ?? '')
    .join('');
}

function sliced(items: readonly Value[], bounds: Bounds, run: Run): Value[] {
  const { start, stop, step } = resolved(bounds, items.length);
  if (step !== 1) return places(start, stop, step, run).map((place) => items[place] ?? null);
  run.budget.step(Math.max(0, stop - start));
  return items.slice(start, Math.max(start, stop));
}

function sliceRange(range: Range, bounds: Bounds): Value {
  const { start, stop, step } = resolved(bounds, range.length);
  return new Range(range.at(start), range.at(stop), range.step * step);
}

function places(start: number, stop: number, step: number, run: Run): number[] {
  const found: number[] = [];
  for (let place = start; step > 0 ? place < stop : place > stop; place += step) found.push(place);
  run.budget.step(found.length);
  return found;
}

/** As Python's `slice.indices`. */
function resolved(
  { start, stop, step }: Bounds,
  length: number,
): { start: number; stop: number; step: number } {
  const by = step === null ? 1 : wholeNumber(step, 'a step');
  if (by === 0) raise('ValueError', 'slice step cannot be zero');
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (value: Value, otherwise: number): number => {
    if (value === null) return otherwise;
    const place = wholeNumber(value, 'a bound of a slice');
    return Math.min(Math.max(place < 0 ? place + length : place, low), high);
  };
  return { start: bound(start, by > 0 ? low : high), stop: bound(stop, by > 0 ? high : low), step: by };
}
