// Evaluates `a.b`, `a[b]` and `a[b:c]`. As in jinja, a dot looks up attributes before items, brackets look up items
// before attributes, and a missing attribute or item is undefined. Methods that change a value are not accessible.

import type { Steps } from '../../../base/steps.ts';
import { catchKinds, raise } from '../errors.ts';
import { findStringMethod } from '../strings/string-methods.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { Dict } from './dict.ts';
import { lengthOf } from './iterate.ts';
import { asSameType, stringOf } from './markup.ts';
import { toInteger } from './numbers.ts';
import { isMutatingMethod, objectMember } from './object-members.ts';
import {
  AttributeObject,
  defaultIfUndefined,
  isInt,
  isString,
  type Markup,
  Namespace,
  NativeFunction,
  Range,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Returns `object.name`. */
export function getAttribute(object: Value, name: string, state: RenderState): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && !isMutatingMethod(object, name) && !name.startsWith('_'))
    return (
      objectMember(object, name) ??
      defaultIfUndefined(object.getUnmarked(name), () => createUndefined(object, name))
    );
  const member = memberOf(object, name, state);
  if (member !== undefined) return member;
  return defaultIfUndefined(lookUpItem(object, name, state), () => createUndefined(object, name));
}

/** Returns `object[key]`. */
export function getItem(object: Value, key: Value, state: RenderState): Value {
  if (object instanceof Undefined) object.raise();
  if (object instanceof Dict && typeof key === 'string') {
    const value = object.get(key, state.clean);
    if (value !== undefined) return value;
  }
  const value = catchKinds(['TypeError', 'LookupError'], () => lookUpItem(object, key, state));
  if (value !== undefined) return value;
  const name = isString(key) ? state.clean(stringOf(key)) : undefined;
  if (name === undefined) return createUndefined(object, typeName(key));
  return defaultIfUndefined(memberOf(object, name, state), () => createUndefined(object, name));
}

/**
 * Creates a getter for the attribute argument of filters: a dotted path in which integers are indices.
 * @param defaultValue replaces each missing part
 */
export function createAttributeGetter(
  path: Value,
  state: RenderState,
  defaultValue?: Value,
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
      const value = getItem(object, part, state);
      return value instanceof Undefined ? (defaultValue ?? value) : value;
    }, value);
}

/** Returns an attribute like `getattr` in jinja's sandbox; undefined if there is none. */
export function memberOf(object: Value, name: string, state: RenderState): Value | undefined {
  if (object instanceof Undefined) return isDunder(name) ? undefined : object.raise();
  if (name.startsWith('_')) return isDunder(name) ? unsafeAttribute(object, name) : undefined;
  if (isString(object)) return findStringMethod(object, name, state);
  if (object instanceof NativeFunction) return raiseUnsupported('attribute of a function');
  if (object instanceof Namespace) return object.attributes.get(name);
  if (object instanceof AttributeObject) return object.attribute(name);
  if (object instanceof Tuple && object.names.includes(name)) return object.items[object.names.indexOf(name)];
  return isMutatingMethod(object, name) ? unsafeAttribute(object, name) : objectMember(object, name);
}

const isDunder = (name: string): boolean => name.startsWith('__');

const unsafeAttribute = (object: Value, name: string): Value =>
  new Undefined(`access to ${name} of a ${typeName(object)} is not safe`, 'SecurityError');

const createUndefined = (object: Value, name: string): Value =>
  new Undefined(`a ${typeName(object)} has no ${JSON.stringify(name)}`);

// Returns undefined if the item does not exist. Raises an error for a key that cannot be a dictionary key.
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

function characterAt(object: string | Markup, index: number, state: RenderState): Value | undefined {
  const text = stringOf(object);
  const character = (state.markedStrings.isSimple(text) ? text : state.markedStrings.characters(text)).at(
    index,
  );
  return character === undefined ? undefined : asSameType(object, character);
}

export interface SliceBounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** Returns `object[start:stop:step]`. */
export function* slice(object: Value, bounds: SliceBounds, state: RenderState): Steps<Value> {
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

function* sliceText(text: string, bounds: SliceBounds, state: RenderState): Steps<string> {
  const isSimple = state.markedStrings.isSimple(text);
  const length = isSimple ? text.length : (lengthOf(text, state) ?? 0);
  const { start, stop, step } = resolveBounds(bounds, length);
  state.budget.allocate(Math.abs(stop - start));
  if (step === 1 && isSimple) return text.slice(start, Math.max(start, stop));
  // For a slice near the start of a long string, only the first characters are separated.
  const firstCharacters =
    step === 1 && stop * 8 < text.length ? state.markedStrings.firstCharacters(text, stop) : undefined;
  const characters = firstCharacters ?? (yield* state.markedStrings.charactersOf(text, state.budget));
  if (step === 1) return characters.slice(start, Math.max(start, stop)).join('');
  return sliceIndices(start, stop, step, state)
    .map((index) => characters[index] ?? '')
    .join('');
}

function sliceItems(items: readonly Value[], bounds: SliceBounds, state: RenderState): Value[] {
  const { start, stop, step } = resolveBounds(bounds, items.length);
  if (step !== 1) return sliceIndices(start, stop, step, state).map((index) => items[index] ?? null);
  state.budget.step(Math.max(0, stop - start));
  return items.slice(start, Math.max(start, stop));
}

function sliceRange(range: Range, bounds: SliceBounds): Value {
  const { start, stop, step } = resolveBounds(bounds, range.length);
  return new Range(range.at(start), range.at(stop), range.step * step);
}

function sliceIndices(start: number, stop: number, step: number, state: RenderState): number[] {
  const indices: number[] = [];
  for (let index = start; step > 0 ? index < stop : index > stop; index += step) indices.push(index);
  state.budget.step(indices.length);
  return indices;
}

/** Computes the indices of a slice like Python's `slice.indices`. */
function resolveBounds(
  { start, stop, step }: SliceBounds,
  length: number,
): { start: number; stop: number; step: number } {
  const stepSize = step === null ? 1 : toInteger(step, 'a step');
  if (stepSize === 0) raise('ValueError', 'slice step cannot be zero');
  const [low, high] = stepSize > 0 ? [0, length] : [-1, length - 1];
  const clampIndex = (value: Value, defaultIndex: number): number => {
    if (value === null) return defaultIndex;
    const index = toInteger(value, 'a slice index');
    return Math.min(Math.max(index < 0 ? index + length : index, low), high);
  };
  return {
    start: clampIndex(start, stepSize > 0 ? low : high),
    stop: clampIndex(stop, stepSize > 0 ? high : low),
    step: stepSize,
  };
}
