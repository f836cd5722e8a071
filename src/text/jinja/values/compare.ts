// Equality, order and membership, as Python has them.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { begin, type Later } from '../paused.ts';
import { Dict, DictView } from './dict.ts';
import { itemsOf } from './iterate.ts';
import { markupText } from './markup.ts';
import { compareNumbers, isNumeric } from './numbers.ts';
import { isText, itemsOfList, Range, type Run, Tuple, typeName, Undefined, type Value } from './values.ts';

// What comparing one level of data costs of the levels of recursion.
const DATA_LEVEL = 8;

// What comparing two values costs, in steps.
const LOOK = 1 / 16;

/** As `==`: no kind of value equals another kind, but numbers and truth values. */
export function isEqual(left: Value, right: Value, run: Run): boolean {
  if (isText(left)) {
    if (!isText(right)) return false;
    run.budget.look(markupText(left).length);
    return sameText(markupText(left), markupText(right), run);
  }
  if (left === right) return true;
  run.budget.step(LOOK);
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  run.budget.step();
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right, run);
  if (left instanceof Tuple) return right instanceof Tuple && sameItems(left.items, right.items, run);
  if (left instanceof Dict) return right instanceof Dict && sameEntries(left, right, run);
  if (left instanceof Undefined) return right instanceof Undefined;
  if (left instanceof Range && right instanceof Range)
    return sameItems(itemsOf(left, run), itemsOf(right, run), run);
  return false;
}

function sameItems(left: readonly Value[], right: readonly Value[], run: Run): boolean {
  run.budget.step(LOOK * left.length);
  run.budget.enter(DATA_LEVEL);
  const same =
    left.length === right.length && left.every((item, index) => isEqual(item, right[index] ?? null, run));
  run.budget.leave(DATA_LEVEL);
  return same;
}

function sameEntries(left: Dict, right: Dict, run: Run): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    const other = right.get(key, run.clean);
    if (other === undefined || !isEqual(value, other, run)) return false;
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

export function isOrdered(operator: Order, left: Value, right: Value, run: Run): boolean {
  for (const side of [left, right]) if (side instanceof Undefined) side.raise();
  const order = compare(operator, left, right, run);
  return order !== undefined && HOLDS[operator](order);
}

/** Below, at or above 0; undefined where there is no order, as with nan. Raises where Python does. */
export function compare(operator: Order, left: Value, right: Value, run: Run): number | undefined {
  run.budget.step();
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (isText(left) && isText(right))
    return compareTexts(run.clean(markupText(left)), run.clean(markupText(right)));
  if (Array.isArray(left) && Array.isArray(right)) return compareItems(operator, left, right, run);
  if (left instanceof Tuple && right instanceof Tuple)
    return compareItems(operator, itemsOfList(left), itemsOfList(right), run);
  for (const side of [left, right]) if (side instanceof Undefined) side.raise();
  raise('TypeError', `${operator} is not for a ${typeName(left)} and a ${typeName(right)}`);
}

function compareItems(
  operator: Order,
  left: readonly Value[],
  right: readonly Value[],
  run: Run,
): number | undefined {
  const different = left.findIndex(
    (item, at) => at >= right.length || !isEqual(item, right[at] ?? null, run),
  );
  if (different < 0 || different >= right.length) return left.length - right.length;
  run.budget.enter(DATA_LEVEL);
  const order = compare(operator, left[different] ?? null, right[different] ?? null, run);
  run.budget.leave(DATA_LEVEL);
  return order;
}

// Characters that are compared at once.
const STRETCH = 4096;

// By code points: UTF-16 has the characters beyond U+FFFF in the wrong place.
function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (at + STRETCH < shorter && left.slice(at, at + STRETCH) === right.slice(at, at + STRETCH))
    at += STRETCH;
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === shorter) return left.length - right.length;
  const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
  return place(one) - place(other);
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;
const place = (code: number): number => (isSurrogate(code) ? code + 0x10000 : code);

/** Whether `container` has `value`, as Python's `in`. */
export function contains(container: Value, value: Value, run: Run): boolean | Later<boolean> {
  if (isText(container)) {
    if (isText(value)) return begin(includes(markupText(container), run.clean(markupText(value)), run));
    if (value instanceof Undefined) value.raise();
    raise('TypeError', `'in' of a text takes a text, not a ${typeName(value)}`);
  }
  if (container instanceof Dict) return container.has(value, run.clean);
  if (container instanceof DictView && container.type === 'dict_keys')
    return container.dict.has(value, run.clean);
  return begin(hasItem(itemsOf(container, run), value, run));
}

function* hasItem(items: readonly Value[], value: Value, run: Run): Steps<boolean> {
  for (const item of items) {
    run.budget.step();
    if (run.budget.due()) yield;
    if (isEqual(item, value, run)) return true;
  }
  return false;
}

/** @param searched without marks */
function* includes(text: string, searched: string, run: Run): Steps<boolean> {
  run.budget.text(text.length);
  if (searched === '' || !run.marked.isMarked(text)) return text.includes(searched);
  let before = '';
  for (const part of run.marked.parts(text)) {
    const clean = before + run.clean(part);
    if (clean.includes(searched)) return true;
    before = searched.length > 1 ? clean.slice(1 - searched.length) : '';
    run.budget.step();
    if (run.budget.due()) yield;
  }
  return false;
}

// Most that differ do so soon, and most that do not are the same text.
function sameText(left: string, right: string, run: Run): boolean {
  if (left === right) return true;
  const { marked } = run;
  if (!marked.isMarked(left) && !marked.isMarked(right)) return false;
  run.budget.text(Math.min(left.length, right.length));
  for (let at = 0, other = 0; ; at++, other++) {
    while (marked.isMarkCode(left.charCodeAt(at))) at++;
    while (marked.isMarkCode(right.charCodeAt(other))) other++;
    if (at >= left.length || other >= right.length) return at >= left.length && other >= right.length;
    if (left.charCodeAt(at) !== right.charCodeAt(other)) return false;
  }
}
