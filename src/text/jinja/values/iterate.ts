// Iterates over values: the items of lists, the keys of dictionaries, the characters of strings.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { Dict, DictView } from './dict.ts';
import { stringOf } from './markup.ts';
import {
  AttributeObject,
  isString,
  OneShotIterator,
  Range,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Returns the items of a value. Raises an error if the value is not iterable. */
export function itemsOf(value: Value, state: RenderState): readonly Value[] {
  const items = containerItems(value, state);
  if (items !== undefined) return items;
  if (!isString(value)) raise('TypeError', `a ${typeName(value)} is not iterable`);
  const text = stringOf(value);
  state.budget.allocate(text.length);
  return state.markedStrings.characters(text);
}

/** Like `itemsOf`, with pauses in long strings. */
export function* itemsOfSteps(value: Value, state: RenderState): Steps<readonly Value[]> {
  if (typeof value !== 'string') return itemsOf(value, state);
  return yield* state.markedStrings.charactersOf(value, state.budget);
}

function containerItems(value: Value, state: RenderState): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Undefined) return [];
  if (value instanceof Dict || value instanceof DictView || value instanceof Range) {
    state.budget.step(lengthOf(value, state));
    if (value instanceof Range) return Array.from({ length: value.length }, (_, index) => value.at(index));
    return value instanceof Dict ? value.keys() : value.items();
  }
  if (value instanceof OneShotIterator) return value.consumeAll();
  return value instanceof AttributeObject ? value.items() : undefined;
}

/** Returns whether a value is iterable. */
export const isIterable = (value: Value): boolean =>
  isString(value) ||
  Array.isArray(value) ||
  ITERABLE_TYPES.some((type) => value instanceof type) ||
  (value instanceof AttributeObject && value.items() !== undefined);

const ITERABLE_TYPES = [Tuple, Undefined, Dict, DictView, Range, OneShotIterator];

/** Returns the length like Python's `len()`; undefined if the value has no length. */
export function lengthOf(value: Value, state: RenderState): number | undefined {
  if (isString(value)) return state.markedStrings.length(stringOf(value));
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof DictView) return value.dict.size;
  if (value instanceof Range) return value.length;
  if (value instanceof AttributeObject) return value.length;
  return value instanceof Undefined ? 0 : undefined;
}
