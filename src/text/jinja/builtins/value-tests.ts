// Jinja's tests, which templates use as `x is defined` or by name in `selectattr`. The results are those of Python.

import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { isLower, isUpper } from '../strings/string-predicates.ts';
import { bindArguments } from '../values/arguments.ts';
import { contains, isEqual, type OrderOperator, satisfiesOrder } from '../values/compare.ts';
import { Dict, DictView, mapKeyOf } from '../values/dict.ts';
import { isIterable, lengthOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { calculate, compareNumbers, isNumeric } from '../values/numbers.ts';
import { applyOperator } from '../values/operators.ts';
import { str } from '../values/str.ts';
import {
  type Arguments,
  Float,
  isFunction,
  isInt,
  isString,
  Markup,
  type RenderState,
  Undefined,
  type Value,
} from '../values/values.ts';

type Test = (value: Value, args: Arguments, state: RenderState) => boolean | Paused<boolean>;

const unaryTest =
  (predicate: (value: Value, state: RenderState) => boolean): Test =>
  (value, args, state) => {
    bindArguments('the test', [], args);
    return predicate(value, state);
  };

const binaryTest =
  (predicate: (value: Value, other: Value, state: RenderState) => boolean | Paused<boolean>): Test =>
  (value, args, state) =>
    predicate(value, bindArguments('the test', ['other'], args).required('other'), state);

/** Returns whether the remainder of `value` divided by `divisor` is `expected`. */
function hasRemainder(value: Value, divisor: Value, expected: number, state: RenderState): boolean {
  if (isNumeric(value) && isNumeric(divisor)) return isEqual(calculate('%', value, divisor), expected, state);
  if (isString(value)) return applyOperator('%', value, divisor, state) === expected;
  if (value instanceof Undefined) value.raise();
  return raise('TypeError', 'the tests odd, even and divisibleby need a number');
}

const orderTest = (order: OrderOperator): Test =>
  binaryTest((value, other, state) => satisfiesOrder(order, value, other, state));
const equalTest = binaryTest((value, other, state) => isEqual(value, other, state));
const unequalTest = binaryTest((value, other, state) => !isEqual(value, other, state));

const isSequence = (value: Value, state: RenderState): boolean =>
  lengthOf(value, state) !== undefined && !(value instanceof DictView);

function isSame(value: Value, other: Value): boolean {
  if (isString(value) && isString(other))
    return typeof value === typeof other && stringOf(value) === stringOf(other);
  if (value instanceof Float && other instanceof Float) return compareNumbers(value, other) === 0;
  return value === other;
}

const nameTest = (exists: (name: string, state: RenderState) => boolean): Test =>
  unaryTest((value, state) => {
    mapKeyOf(value, state.clean);
    return isString(value) && exists(state.clean(stringOf(value)), state);
  });

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', unaryTest((value) => !(value instanceof Undefined))],
  ['undefined', unaryTest((value) => value instanceof Undefined)],
  ['none', unaryTest((value) => value === null)],
  ['string', unaryTest(isString)],
  ['mapping', unaryTest((value) => value instanceof Dict)],
  ['sequence', unaryTest(isSequence)],
  ['iterable', unaryTest(isIterable)],
  ['number', unaryTest(isNumeric)],
  ['integer', unaryTest(isInt)],
  ['float', unaryTest((value) => value instanceof Float)],
  ['boolean', unaryTest((value) => typeof value === 'boolean')],
  ['true', unaryTest((value) => value === true)],
  ['false', unaryTest((value) => value === false)],
  ['callable', unaryTest((value) => isFunction(value) || value instanceof Undefined)],
  ['escaped', unaryTest((value) => value instanceof Markup)],
  ['odd', unaryTest((value, state) => hasRemainder(value, 2, 1, state))],
  ['even', unaryTest((value, state) => hasRemainder(value, 2, 0, state))],
  ['divisibleby', binaryTest((value, other, state) => hasRemainder(value, other, 0, state))],
  ['lower', unaryTest((value, state) => isLower(state.clean(str(value, state))))],
  ['upper', unaryTest((value, state) => isUpper(state.clean(str(value, state))))],
  ['sameas', binaryTest(isSame)],
  ['in', binaryTest((value, other, state) => contains(other, value, state))],
  ['filter', nameTest((name, { library }) => library.hasFilter(name))],
  ['test', nameTest((name) => hasTest(name))],
  ['==', equalTest],
  ['eq', equalTest],
  ['equalto', equalTest],
  ['!=', unequalTest],
  ['ne', unequalTest],
  ['>', orderTest('>')],
  ['gt', orderTest('>')],
  ['greaterthan', orderTest('>')],
  ['>=', orderTest('>=')],
  ['ge', orderTest('>=')],
  ['<', orderTest('<')],
  ['lt', orderTest('<')],
  ['lessthan', orderTest('<')],
  ['<=', orderTest('<=')],
  ['le', orderTest('<=')],
]);

export const hasTest = (name: string): boolean => TESTS.has(name);

/** Runs the test `name`. Raises an error if no test has that name. */
export function runTest(
  name: string,
  value: Value,
  args: Arguments,
  state: RenderState,
): boolean | Paused<boolean> {
  const test = TESTS.get(name);
  if (test === undefined) raise('SyntaxError', `no test is named ${name}`);
  state.budget.step();
  return test(value, args, state);
}
