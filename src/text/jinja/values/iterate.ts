// What may be gone through: items of lists, keys of dictionaries, characters of texts.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { Dict, DictView } from './dict.ts';
import { markupText } from './markup.ts';
import {
  Attributed,
  isText,
  Range,
  type Run,
  Stream,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/** Raises where the value cannot be iterated. */
export function itemsOf(value: Value, run: Run): readonly Value[] {
  const items = containerItems(value, run);
  if (items !== undefined) return items;
  if (!isText(value)) raise('TypeError', `a ${typeName(value)} is not iterable`);
  const text = markupText(value);
  run.budget.text(text.length);
  return run.marked.characters(text);
}

/** The same, with pauses in long texts. */
export function* itemsOfSteps(value: Value, run: Run): Steps<readonly Value[]> {
  if (typeof value !== 'string') return itemsOf(value, run);
  return yield* run.marked.charactersOf(value, run.budget);
}

function containerItems(value: Value, run: Run): readonly Value[] | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Undefined) return [];
  if (value instanceof Dict || value instanceof DictView || value instanceof Range) {
    run.budget.step(lengthOf(value, run));
    if (value instanceof Range) return Array.from({ length: value.length }, (_, index) => value.at(index));
    return value instanceof Dict ? value.keys() : value.items();
  }
  if (value instanceof Stream) return value.take();
  return value instanceof Attributed ? value.items() : undefined;
}

/** Whether it can be. */
export const isIterable = (value: Value): boolean =>
  isText(value) ||
  Array.isArray(value) ||
  ITERABLE.some((one) => value instanceof one) ||
  (value instanceof Attributed && value.items() !== undefined);

const ITERABLE = [Tuple, Undefined, Dict, DictView, Range, Stream];

/** As `len()`; undefined where there is no length. */
export function lengthOf(value: Value, run: Run): number | undefined {
  if (isText(value)) return run.marked.length(markupText(value));
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  if (value instanceof Dict) return value.size;
  if (value instanceof DictView) return value.dict.size;
  if (value instanceof Range) return value.length;
  if (value instanceof Attributed) return value.length;
  return value instanceof Undefined ? 0 : undefined;
}
