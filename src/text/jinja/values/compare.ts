// Equality, order and membership with Python's rules.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { type Paused, runToPause } from '../paused.ts';
import { Dict, DictView } from './dict.ts';
import { itemsOf } from './iterate.ts';
import { stringOf } from './markup.ts';
import { compareNumbers, isNumeric } from './numbers.ts';
import {
  isString,
  itemsOfList,
  Range,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

// Levels of recursion charged for comparing one level of nested data.
const DEPTH_PER_LEVEL = 8;

// Steps charged for comparing two values.
const COMPARE_COST = 1 / 16;

/** Same as `==`: values of different types are unequal, except numbers and bools. */
export function isEqual(left: Value, right: Value, state: RenderState): boolean {
  if (isString(left)) {
    if (!isString(right)) return false;
    state.budget.scan(stringOf(left).length);
    return equalStrings(stringOf(left), stringOf(right), state);
  }
  if (left === right) return true;
  state.budget.step(COMPARE_COST);
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  state.budget.step();
  if (Array.isArray(left)) return Array.isArray(right) && equalItems(left, right, state);
  if (left instanceof Tuple) return right instanceof Tuple && equalItems(left.items, right.items, state);
  if (left instanceof Dict) return right instanceof Dict && equalEntries(left, right, state);
  if (left instanceof Undefined) return right instanceof Undefined;
  if (left instanceof Range && right instanceof Range)
    return equalItems(itemsOf(left, state), itemsOf(right, state), state);
  return false;
}

function equalItems(left: readonly Value[], right: readonly Value[], state: RenderState): boolean {
  state.budget.step(COMPARE_COST * left.length);
  state.budget.enter(DEPTH_PER_LEVEL);
  const same =
    left.length === right.length && left.every((item, index) => isEqual(item, right[index] ?? null, state));
  state.budget.leave(DEPTH_PER_LEVEL);
  return same;
}

function equalEntries(left: Dict, right: Dict, state: RenderState): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key, state.clean);
    if (other === undefined || !isEqual(value, other, state)) return false;
  }
  return true;
}

export type Order = '<' | '<=' | '>' | '>=';

const HOLDS: Readonly<Record<Order, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export function satisfiesOrder(operator: Order, left: Value, right: Value, state: RenderState): boolean {
  for (const side of [left, right]) if (side instanceof Undefined) side.raise();
  const order = compare(operator, left, right, state);
  return order !== undefined && HOLDS[operator](order);
}

/** Returns a number below, at or above 0; undefined if unordered, as with nan. Raises where Python does. */
export function compare(operator: Order, left: Value, right: Value, state: RenderState): number | undefined {
  state.budget.step();
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (isString(left) && isString(right))
    return compareStrings(state.clean(stringOf(left)), state.clean(stringOf(right)));
  if (Array.isArray(left) && Array.isArray(right)) return compareItems(operator, left, right, state);
  if (left instanceof Tuple && right instanceof Tuple)
    return compareItems(operator, itemsOfList(left), itemsOfList(right), state);
  for (const side of [left, right]) if (side instanceof Undefined) side.raise();
  raise('TypeError', `${operator} is not supported between a ${typeName(left)} and a ${typeName(right)}`);
}

function compareItems(
  operator: Order,
  left: readonly Value[],
  right: readonly Value[],
  state: RenderState,
): number | undefined {
  const different = left.findIndex(
    (item, at) => at >= right.length || !isEqual(item, right[at] ?? null, state),
  );
  if (different < 0 || different >= right.length) return left.length - right.length;
  state.budget.enter(DEPTH_PER_LEVEL);
  const order = compare(operator, left[different] ?? null, right[different] ?? null, state);
  state.budget.leave(DEPTH_PER_LEVEL);
  return order;
}

// Code units compared at once.
const COMPARED_UNITS = 4096;

// Compares by code points, because UTF-16 orders characters above U+FFFF before U+E000 to U+FFFF.
function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (
    at + COMPARED_UNITS < shorter &&
    left.slice(at, at + COMPARED_UNITS) === right.slice(at, at + COMPARED_UNITS)
  )
    at += COMPARED_UNITS;
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === shorter) return left.length - right.length;
  const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
  return codePointOrder(one) - codePointOrder(other);
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
const codePointOrder = (code: number): number => (isSurrogate(code) ? code + 0x10000 : code);

/** Same as Python's `value in container`. */
export function contains(container: Value, value: Value, state: RenderState): boolean | Paused<boolean> {
  if (isString(container)) {
    if (isString(value))
      return runToPause(includes(stringOf(container), state.clean(stringOf(value)), state));
    if (value instanceof Undefined) value.raise();
    raise('TypeError', `'in' on a string needs a string, got a ${typeName(value)}`);
  }
  if (container instanceof Dict) return container.has(value, state.clean);
  if (container instanceof DictView && container.type === 'dict_keys')
    return container.dict.has(value, state.clean);
  return runToPause(hasItem(itemsOf(container, state), value, state));
}

function* hasItem(items: readonly Value[], value: Value, state: RenderState): Steps<boolean> {
  for (const item of items) {
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
    if (isEqual(item, value, state)) return true;
  }
  return false;
}

/** @param searched without marks */
function* includes(text: string, searched: string, state: RenderState): Steps<boolean> {
  state.budget.allocate(text.length);
  if (searched === '' || !state.markedStrings.isMarked(text)) return text.includes(searched);
  let before = '';
  for (const part of state.markedStrings.chunks(text)) {
    const clean = before + state.clean(part);
    if (clean.includes(searched)) return true;
    before = searched.length > 1 ? clean.slice(1 - searched.length) : '';
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return false;
}

// Most unequal strings differ early, and most equal ones are identical.
function equalStrings(left: string, right: string, state: RenderState): boolean {
  if (left === right) return true;
  const { markedStrings } = state;
  if (!markedStrings.isMarked(left) && !markedStrings.isMarked(right)) return false;
  state.budget.allocate(Math.min(left.length, right.length));
  for (let at = 0, other = 0; ; at++, other++) {
    while (markedStrings.isMarkCode(left.charCodeAt(at))) at++;
    while (markedStrings.isMarkCode(right.charCodeAt(other))) other++;
    if (at >= left.length || other >= right.length) return at >= left.length && other >= right.length;
    if (left.charCodeAt(at) !== right.charCodeAt(other)) return false;
  }
}
