// `a.b`, `a[b]` and `a[b:c]`. As in jinja, a dot looks up attributes before items, brackets look up items before
// attributes, and a missing one is undefined. Methods that change a value are not accessible.

import type { Steps } from '../../../base/steps.ts';
import { catching, raise } from '../errors.ts';
import { stringMethod } from '../strings/string-methods.ts';
import { unsupported } from '../unsupported.ts';
import { Dict } from './dict.ts';
import { lengthOf } from './iterate.ts';
import { asSameType, stringOf } from './markup.ts';
import { toInteger } from './numbers.ts';
import { isMutatingMethod, objectMember } from './object-members.ts';
import {
  AttributeObject,
  isInt,
  isString,
  type Markup,
  Namespace,
  NativeFunction,
  orElse,
  Range,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** `object.name` */
export function attribute(object: Value, name: string, state: RenderState): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && !isMutatingMethod(object, name) && !name.startsWith('_'))
    return objectMember(object, name) ?? orElse(object.getUnmarked(name), () => missing(object, name));
  const found = memberOf(object, name, state);
  if (found !== undefined) return found;
  return orElse(lookUpItem(object, name, state), () => missing(object, name));
}

/** `object[key]` */
export function item(object: Value, key: Value, state: RenderState): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && typeof key === 'string') {
    const value = object.get(key, state.clean);
    if (value !== undefined) return value;
  }
  const found = catching(['TypeError', 'LookupError'], () => lookUpItem(object, key, state));
  if (found !== undefined) return found;
  const name = isString(key) ? state.clean(stringOf(key)) : undefined;
  if (name === undefined) return missing(object, typeName(key));
  return orElse(memberOf(object, name, state), () => missing(object, name));
}

/**
 * Creates a getter for the attribute argument of filters: a dotted path in which integers are indices.
 * @param otherwise replaces each missing part
 */
export function createAttributeGetter(
  path: Value,
  state: RenderState,
  otherwise?: Value,
): (value: Value) => Value {
  if (path === null) return (value) => value;
  const parts: readonly Value[] = isString(path)
    ? state
        .clean(stringOf(path))
        .split('.')
        .map((part) => (/^[0-9]+$/.test(part) ? Number(part) : part))
    : [path];
  return (value) =>
    parts.reduce<Value>((object, part) => {
      const found = item(object, part, state);
      return found instanceof Undefined ? (otherwise ?? found) : found;
    }, value);
}

/** Same as `getattr` of jinja's sandbox; undefined if there is no such attribute. */
export function memberOf(object: Value, name: string, state: RenderState): Value | undefined {
  if (object instanceof Undefined) return isDunder(name) ? undefined : object.raise();
  if (name.startsWith('_')) return isDunder(name) ? unsafeAttribute(object, name) : undefined;
  if (isString(object)) return stringMethod(object, name, state);
  if (object instanceof NativeFunction) return unsupported('attribute of a function');
  if (object instanceof Namespace) return object.attributes.get(name);
  if (object instanceof AttributeObject) return object.attribute(name);
  if (object instanceof Tuple && object.names.includes(name)) return object.items[object.names.indexOf(name)];
  return isMutatingMethod(object, name) ? unsafeAttribute(object, name) : objectMember(object, name);
}

const isDunder = (name: string): boolean => name.startsWith('__');

const unsafeAttribute = (object: Value, name: string): Value =>
  new Undefined(`access to ${name} of a ${typeName(object)} is not safe`, 'SecurityError');

const missing = (object: Value, name: string): Value =>
  new Undefined(`a ${typeName(object)} has no ${JSON.stringify(name)}`);

// Raises where Python does, except for an index out of range.
function lookUpItem(object: Value, key: Value, state: RenderState): Value | undefined {
  if (object instanceof Dict) return object.get(key, state.clean);
  if (object instanceof Namespace) return undefined;
  if (!(isInt(key) || typeof key === 'boolean')) return undefined;
  const index = toInteger(key, 'an index');
  if (Array.isArray(object)) return object.at(index);
  if (object instanceof Tuple) return object.items.at(index);
  if (isString(object)) return characterAt(object, index, state);
  if (!(object instanceof Range)) return undefined;
  const position = index < 0 ? index + object.length : index;
  return position >= 0 && position < object.length ? object.at(position) : undefined;
}

function characterAt(object: string | Markup, place: number, state: RenderState): Value | undefined {
  const text = stringOf(object);
  const found = (state.markedStrings.isSimple(text) ? text : state.markedStrings.characters(text)).at(place);
  return found === undefined ? undefined : asSameType(object, found);
}

export interface Bounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** `object[start:stop:step]` */
export function* slice(object: Value, bounds: Bounds, state: RenderState): Steps<Value> {
  if (object instanceof Undefined) object.raise();
  const { start, stop, step } = bounds;
  for (const bound of [start, stop, step]) if (bound !== null) toInteger(bound, 'a slice index');
  if (isString(object)) {
    const text = stringOf(object);
    return asSameType(object, yield* sliceText(text, bounds, state));
  }
  if (Array.isArray(object)) return sliceItems(object, bounds, state);
  if (object instanceof Tuple) return new Tuple(sliceItems(object.items, bounds, state));
  if (object instanceof Range) return sliceRange(object, bounds);
  return raise('TypeError', `a ${typeName(object)} cannot be sliced`);
}

function* sliceText(text: string, bounds: Bounds, state: RenderState): Steps<string> {
  const simple = state.markedStrings.isSimple(text);
  const length = simple ? text.length : (lengthOf(text, state) ?? 0);
  const { start, stop, step } = resolveBounds(bounds, length);
  state.budget.allocate(Math.abs(stop - start));
  if (step === 1 && simple) return text.slice(start, Math.max(start, stop));
  // A slice near the start of a long string does not need the rest.
  const near =
    step === 1 && stop * 8 < text.length ? state.markedStrings.firstCharacters(text, stop) : undefined;
  const characters = near ?? (yield* state.markedStrings.charactersOf(text, state.budget));
  if (step === 1) return characters.slice(start, Math.max(start, stop)).join('');
  return sliceIndices(start, stop, step, state)
    .map((place) => characters[place] ?? '')
    .join('');
}

function sliceItems(items: readonly Value[], bounds: Bounds, state: RenderState): Value[] {
  const { start, stop, step } = resolveBounds(bounds, items.length);
  if (step !== 1) return sliceIndices(start, stop, step, state).map((place) => items[place] ?? null);
  state.budget.step(Math.max(0, stop - start));
  return items.slice(start, Math.max(start, stop));
}

function sliceRange(range: Range, bounds: Bounds): Value {
  const { start, stop, step } = resolveBounds(bounds, range.length);
  return new Range(range.at(start), range.at(stop), range.step * step);
}

function sliceIndices(start: number, stop: number, step: number, state: RenderState): number[] {
  const found: number[] = [];
  for (let place = start; step > 0 ? place < stop : place > stop; place += step) found.push(place);
  state.budget.step(found.length);
  return found;
}

/** Same as Python's `slice.indices`. */
function resolveBounds(
  { start, stop, step }: Bounds,
  length: number,
): { start: number; stop: number; step: number } {
  const by = step === null ? 1 : toInteger(step, 'a step');
  if (by === 0) raise('ValueError', 'slice step cannot be zero');
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (value: Value, otherwise: number): number => {
    if (value === null) return otherwise;
    const place = toInteger(value, 'a slice index');
    return Math.min(Math.max(place < 0 ? place + length : place, low), high);
  };
  return { start: bound(start, by > 0 ? low : high), stop: bound(stop, by > 0 ? high : low), step: by };
}
