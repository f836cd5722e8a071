// Jinja's tests (`is defined`, and by name in `selectattr`), as Python answers them.

import { raise } from '../errors.ts';
import type { Later } from '../paused.ts';
import { isLower, isUpper } from '../strings/string-predicates.ts';
import { bind } from '../values/arguments.ts';
import { contains, isEqual, isOrdered, type Order } from '../values/compare.ts';
import { Dict, DictView, keyOf } from '../values/dict.ts';
import { isIterable, lengthOf } from '../values/iterate.ts';
import { markupText } from '../values/markup.ts';
import { calculate, compareNumbers, isNumeric } from '../values/numbers.ts';
import { operate } from '../values/operators.ts';
import { str } from '../values/str.ts';
import {
  type Arguments,
  Float,
  isFunction,
  isInt,
  isText,
  Markup,
  type Run,
  Undefined,
  type Value,
} from '../values/values.ts';

type Test = (value: Value, given: Arguments, run: Run) => boolean | Later<boolean>;

const ofOne =
  (holds: (value: Value, run: Run) => boolean): Test =>
  (value, given, run) => {
    bind('the test', [], given);
    return holds(value, run);
  };

const ofTwo =
  (holds: (value: Value, other: Value, run: Run) => boolean | Later<boolean>): Test =>
  (value, given, run) =>
    holds(value, bind('the test', ['other'], given).required('other'), run);

/** Whether the rest of a division is `wanted`. */
function leaves(value: Value, by: Value, wanted: number, run: Run): boolean {
  if (isNumeric(value) && isNumeric(by)) return isEqual(calculate('%', value, by), wanted, run);
  if (isText(value)) return operate('%', value, by, run) === wanted;
  if (value instanceof Undefined) value.raise();
  return raise('TypeError', 'only numbers are odd, even or divisible');
}

const ordered = (order: Order): Test => ofTwo((value, other, run) => isOrdered(order, value, other, run));
const equal = ofTwo((value, other, run) => isEqual(value, other, run));
const unequal = ofTwo((value, other, run) => !isEqual(value, other, run));

const isSequence = (value: Value, run: Run): boolean =>
  lengthOf(value, run) !== undefined && !(value instanceof DictView);

function isSame(value: Value, other: Value): boolean {
  if (isText(value) && isText(other))
    return typeof value === typeof other && markupText(value) === markupText(other);
  if (value instanceof Float && other instanceof Float) return compareNumbers(value, other) === 0;
  return value === other;
}

const named = (has: (name: string, run: Run) => boolean): Test =>
  ofOne((value, run) => {
    keyOf(value, run.clean);
    return isText(value) && has(run.clean(markupText(value)), run);
  });

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', ofOne((value) => !(value instanceof Undefined))],
  ['undefined', ofOne((value) => value instanceof Undefined)],
  ['none', ofOne((value) => value === null)],
  ['string', ofOne(isText)],
  ['mapping', ofOne((value) => value instanceof Dict)],
  ['sequence', ofOne(isSequence)],
  ['iterable', ofOne(isIterable)],
  ['number', ofOne(isNumeric)],
  ['integer', ofOne(isInt)],
  ['float', ofOne((value) => value instanceof Float)],
  ['boolean', ofOne((value) => typeof value === 'boolean')],
  ['true', ofOne((value) => value === true)],
  ['false', ofOne((value) => value === false)],
  ['callable', ofOne((value) => isFunction(value) || value instanceof Undefined)],
  ['escaped', ofOne((value) => value instanceof Markup)],
  ['odd', ofOne((value, run) => leaves(value, 2, 1, run))],
  ['even', ofOne((value, run) => leaves(value, 2, 0, run))],
  ['divisibleby', ofTwo((value, other, run) => leaves(value, other, 0, run))],
  ['lower', ofOne((value, run) => isLower(run.clean(str(value, run))))],
  ['upper', ofOne((value, run) => isUpper(run.clean(str(value, run))))],
  ['sameas', ofTwo(isSame)],
  ['in', ofTwo((value, other, run) => contains(other, value, run))],
  ['filter', named((name, { library }) => library.hasFilter(name))],
  ['test', named((name) => hasTest(name))],
  ['==', equal],
  ['eq', equal],
  ['equalto', equal],
  ['!=', unequal],
  ['ne', unequal],
  ['>', ordered('>')],
  ['gt', ordered('>')],
  ['greaterthan', ordered('>')],
  ['>=', ordered('>=')],
  ['ge', ordered('>=')],
  ['<', ordered('<')],
  ['lt', ordered('<')],
  ['lessthan', ordered('<')],
  ['<=', ordered('<=')],
  ['le', ordered('<=')],
]);

export const hasTest = (name: string): boolean => TESTS.has(name);

/** Raises where there is no such test. */
export function runTest(name: string, value: Value, given: Arguments, run: Run): boolean | Later<boolean> {
  const test = TESTS.get(name);
  if (test === undefined) raise('SyntaxError', `no test is named ${name}`);
  run.budget.step();
  return test(value, given, run);
}
