// Equality, order and membership with Python's rules.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { type Paused, runUntilPause } from '../paused.ts';
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

/** Compares like Python's `==`: values of different types are unequal, except numbers and bools. */
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
  const areEqual =
    left.length === right.length && left.every((item, index) => isEqual(item, right[index] ?? null, state));
  state.budget.leave(DEPTH_PER_LEVEL);
  return areEqual;
}

function equalEntries(left: Dict, right: Dict, state: RenderState): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key, state.clean);
    if (other === undefined || !isEqual(value, other, state)) return false;
  }
  return true;
}

export type OrderOperator = '<' | '<=' | '>' | '>=';

const SATISFIES_ORDER: Readonly<Record<OrderOperator, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export function satisfiesOrder(
  operator: OrderOperator,
  left: Value,
  right: Value,
  state: RenderState,
): boolean {
  for (const operand of [left, right]) if (operand instanceof Undefined) operand.raise();
  const order = compare(operator, left, right, state);
  return order !== undefined && SATISFIES_ORDER[operator](order);
}

/**
 * Returns a negative number, 0 or a positive number for the order of two values; undefined if a value is NaN. Raises an error
 * for types without an order.
 */
export function compare(
  operator: OrderOperator,
  left: Value,
  right: Value,
  state: RenderState,
): number | undefined {
  state.budget.step();
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (isString(left) && isString(right))
    return compareStrings(state.clean(stringOf(left)), state.clean(stringOf(right)));
  if (Array.isArray(left) && Array.isArray(right)) return compareItems(operator, left, right, state);
  if (left instanceof Tuple && right instanceof Tuple)
    return compareItems(operator, itemsOfList(left), itemsOfList(right), state);
  for (const operand of [left, right]) if (operand instanceof Undefined) operand.raise();
  raise('TypeError', `${operator} is not supported between a ${typeName(left)} and a ${typeName(right)}`);
}

function compareItems(
  operator: OrderOperator,
  left: readonly Value[],
  right: readonly Value[],
  state: RenderState,
): number | undefined {
  const firstDifference = left.findIndex(
    (item, at) => at >= right.length || !isEqual(item, right[at] ?? null, state),
  );
  if (firstDifference < 0 || firstDifference >= right.length) return left.length - right.length;
  state.budget.enter(DEPTH_PER_LEVEL);
  const order = compare(operator, left[firstDifference] ?? null, right[firstDifference] ?? null, state);
  state.budget.leave(DEPTH_PER_LEVEL);
  return order;
}

// Code units compared at once.
const COMPARED_UNITS = 4096;

// Compares by code points, because UTF-16 orders characters above U+FFFF before U+E000 to U+FFFF.
function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const minLength = Math.min(left.length, right.length);
  let at = 0;
  while (
    at + COMPARED_UNITS < minLength &&
    left.slice(at, at + COMPARED_UNITS) === right.slice(at, at + COMPARED_UNITS)
  )
    at += COMPARED_UNITS;
  while (at < minLength && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === minLength) return left.length - right.length;
  return codePointOrder(left.charCodeAt(at)) - codePointOrder(right.charCodeAt(at));
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
const codePointOrder = (code: number): number => (isSurrogate(code) ? code + 0x10000 : code);

/** Returns the result of Python's `value in container`. */
export function contains(container: Value, value: Value, state: RenderState): boolean | Paused<boolean> {
  if (isString(container)) {
    if (isString(value))
      return runUntilPause(includes(stringOf(container), state.clean(stringOf(value)), state));
    if (value instanceof Undefined) value.raise();
    raise('TypeError', `'in' on a string needs a string, got a ${typeName(value)}`);
  }
  if (container instanceof Dict) return container.has(value, state.clean);
  if (container instanceof DictView && container.type === 'dict_keys')
    return container.dict.has(value, state.clean);
  return runUntilPause(hasItem(itemsOf(container, state), value, state));
}

function* hasItem(items: readonly Value[], value: Value, state: RenderState): Steps<boolean> {
  for (const item of items) {
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
    if (isEqual(item, value, state)) return true;
  }
  return false;
}

/** @param searched a string without marks */
function* includes(text: string, searched: string, state: RenderState): Steps<boolean> {
  state.budget.allocate(text.length);
  if (searched === '' || !state.markedStrings.isMarked(text)) return text.includes(searched);
  let overlap = '';
  for (const part of state.markedStrings.chunks(text)) {
    const clean = overlap + state.clean(part);
    if (clean.includes(searched)) return true;
    overlap = searched.length > 1 ? clean.slice(1 - searched.length) : '';
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return false;
}

// Marks are skipped during the comparison, because most unequal strings differ early and most equal strings are
// identical.
function equalStrings(left: string, right: string, state: RenderState): boolean {
  if (left === right) return true;
  const { markedStrings } = state;
  if (!markedStrings.isMarked(left) && !markedStrings.isMarked(right)) return false;
  state.budget.allocate(Math.min(left.length, right.length));
  for (let leftAt = 0, rightAt = 0; ; leftAt++, rightAt++) {
    while (markedStrings.isMarkCode(left.charCodeAt(leftAt))) leftAt++;
    while (markedStrings.isMarkCode(right.charCodeAt(rightAt))) rightAt++;
    if (leftAt >= left.length || rightAt >= right.length)
      return leftAt >= left.length && rightAt >= right.length;
    if (left.charCodeAt(leftAt) !== right.charCodeAt(rightAt)) return false;
  }
}
