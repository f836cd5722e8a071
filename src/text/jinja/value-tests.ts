// Jinja's tests (`is defined`, and by name in `selectattr`), as Python answers them.

import type { MarkedText } from './marked-text.ts';
import {
  isDict,
  isEqual,
  isInteger,
  isList,
  isNone,
  isString,
  isTrue,
  isUndefined,
  str,
  typeName,
  UNDEFINED,
  type Value,
} from './values.ts';

export type Test = (value: Value, other: Value, marked: MarkedText) => boolean;

const isBoolean = (value: Value): boolean => value.type === 'BooleanValue';
const isFloat = (value: Value): boolean => value.type === 'FloatValue';
const isNumber = (value: Value): boolean => isInteger(value) || isFloat(value) || isBoolean(value);
const isSequence = (value: Value): boolean =>
  isList(value) || isDict(value) || isString(value) || isUndefined(value);
const hasLetter = (text: string): boolean => text.toLowerCase() !== text.toUpperCase();
const remainder = (value: Value, other: number): number => {
  if (!isInteger(value)) throw new Error('only an int is odd or even');
  return Math.abs(value.value % other);
};

const equal: Test = (value, other, marked) => isEqual(value, other, marked.clean);
const unequal: Test = (value, other, marked) => !isEqual(value, other, marked.clean);

/** Whether `container` has `value`, as Python's `in`. */
export function contains(container: Value, value: Value, marked: MarkedText): boolean {
  if (isUndefined(container)) return false;
  if (isList(container)) return container.value.some((item) => isEqual(item, value, marked.clean));
  if (isDict(container)) return isString(value) && container.value.has(value.value);
  if (isString(container) && isString(value))
    return marked.clean(container.value).includes(marked.clean(value.value));
  throw new Error(`a ${typeName(value)} cannot be in a ${typeName(container)}`);
}

export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', (value) => !isUndefined(value)],
  ['undefined', isUndefined],
  ['none', isNone],
  ['string', isString],
  ['mapping', isDict],
  ['sequence', isSequence],
  ['iterable', isSequence],
  ['number', isNumber],
  ['integer', isInteger],
  ['float', isFloat],
  ['boolean', isBoolean],
  ['true', (value) => isBoolean(value) && isTrue(value)],
  ['false', (value) => isBoolean(value) && !isTrue(value)],
  ['odd', (value) => remainder(value, 2) === 1],
  ['even', (value) => remainder(value, 2) === 0],
  ['divisibleby', (value, other) => remainder(value, Number(other.value)) === 0],
  ['lower', (value) => hasLetter(str(value)) && str(value) === str(value).toLowerCase()],
  ['upper', (value) => hasLetter(str(value)) && str(value) === str(value).toUpperCase()],
  ['callable', (value) => value.type === 'FunctionValue'],
  ['in', (value, other, marked) => contains(other, value, marked)],
  ['equalto', equal],
  ['eq', equal],
  ['==', equal],
  ['ne', unequal],
  ['!=', unequal],
]);

/** Throws where there is no such test. */
export function runTest(name: string, value: Value, other: Value | undefined, marked: MarkedText): boolean {
  const test = TESTS.get(name);
  if (test === undefined) throw new Error(`no test is named ${name}`);
  return test(value, other ?? UNDEFINED, marked);
}
