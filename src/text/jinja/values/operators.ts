// The operators of expressions.

import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { runUntilPause } from '../paused.ts';
import { percentFormat } from '../strings/percent-format.ts';
import { escapeHtml, stringOf } from './markup.ts';
import { bitLength, calculate, isNumeric, type NumericOperator, toInteger } from './numbers.ts';
import {
  isInt,
  isString,
  itemsOfList,
  Markup,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

export function applyOperator(
  operator: NumericOperator,
  left: Value,
  right: Value,
  state: RenderState,
): Value | Paused<Value> {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string')
    return concatenate(left, right, state);
  for (const operand of [left, right])
    if (typeof operand === 'bigint') state.budget.chargeBigint(bitLength(operand));
  if (isNumeric(left) && isNumeric(right)) return calculate(operator, left, right);
  if (operator === '%' && isString(left)) return runUntilPause(percentFormat(left, right, state));
  if (left instanceof Undefined) left.raise();
  if (right instanceof Undefined) right.raise();
  const result =
    operator === '+' ? add(left, right, state) : operator === '*' ? multiply(left, right, state) : undefined;
  if (result !== undefined) return result;
  raise('TypeError', `${operator} is not supported between a ${typeName(left)} and a ${typeName(right)}`);
}

function concatenate(left: string, right: string, state: RenderState): string {
  state.budget.allocate(left.length + right.length);
  return left + right;
}

function add(left: Value, right: Value, state: RenderState): Value | undefined {
  if (left instanceof Markup || right instanceof Markup) {
    if (!isString(left) || !isString(right)) return undefined;
    return new Markup(concatenate(escapedText(left), escapedText(right), state));
  }
  if (Array.isArray(left) && Array.isArray(right)) return chargeItems([...left, ...right], state);
  if (!(left instanceof Tuple && right instanceof Tuple)) return undefined;
  return new Tuple(chargeItems([...left.items, ...right.items], state));
}

function chargeItems(items: Value[], state: RenderState): Value[] {
  state.budget.step(items.length);
  return items;
}

const escapedText = (value: string | Markup): string =>
  value instanceof Markup ? value.text : escapeHtml(value);

function multiply(left: Value, right: Value, state: RenderState): Value | undefined {
  const [sequence, factor] = isCount(right) ? [left, right] : [right, left];
  if (!isCount(factor)) return undefined;
  const count = Math.max(0, toInteger(factor, 'a factor'));
  if (isString(sequence)) {
    const text = stringOf(sequence);
    state.budget.allocate(text.length * count);
    const repeated = text.repeat(text === '' ? 0 : count);
    return sequence instanceof Markup ? new Markup(repeated) : repeated;
  }
  if (!Array.isArray(sequence) && !(sequence instanceof Tuple)) return undefined;
  const items = itemsOfList(sequence);
  state.budget.step(items.length * count);
  const repeated = Array.from(
    { length: items.length * count },
    (_, index) => items[index % items.length] ?? null,
  );
  return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
}

const isCount = (value: Value): boolean => isInt(value) || typeof value === 'boolean';
