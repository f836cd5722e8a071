// The operators of expressions.

import { raise } from '../errors.ts';
import type { Later } from '../paused.ts';
import { begin } from '../paused.ts';
import { percentFormat } from '../strings/percent-format.ts';
import { escapeHtml, markupText } from './markup.ts';
import { bits, calculate, isNumeric, type Operator, wholeNumber } from './numbers.ts';
import {
  isInt,
  isText,
  itemsOfList,
  Markup,
  type Run,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

export function operate(operator: Operator, left: Value, right: Value, run: Run): Value | Later<Value> {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string')
    return joined(left, right, run);
  for (const side of [left, right]) if (typeof side === 'bigint') run.budget.digits(bits(side));
  if (isNumeric(left) && isNumeric(right)) return calculate(operator, left, right);
  if (operator === '%' && isText(left)) return begin(percentFormat(left, right, run));
  if (left instanceof Undefined) left.raise();
  if (right instanceof Undefined) right.raise();
  const result =
    operator === '+' ? sum(left, right, run) : operator === '*' ? product(left, right, run) : undefined;
  if (result !== undefined) return result;
  raise('TypeError', `${operator} is not for a ${typeName(left)} and a ${typeName(right)}`);
}

function joined(left: string, right: string, run: Run): string {
  run.budget.text(left.length + right.length);
  return left + right;
}

function sum(left: Value, right: Value, run: Run): Value | undefined {
  if (left instanceof Markup || right instanceof Markup) {
    if (!isText(left) || !isText(right)) return undefined;
    return new Markup(joined(escapedText(left), escapedText(right), run));
  }
  if (Array.isArray(left) && Array.isArray(right)) return list([...left, ...right], run);
  if (!(left instanceof Tuple && right instanceof Tuple)) return undefined;
  return new Tuple(list([...left.items, ...right.items], run));
}

function list(items: Value[], run: Run): Value[] {
  run.budget.step(items.length);
  return items;
}

const escapedText = (value: string | Markup): string =>
  value instanceof Markup ? value.text : escapeHtml(value);

function product(left: Value, right: Value, run: Run): Value | undefined {
  const [sequence, factor] = isCount(right) ? [left, right] : [right, left];
  if (!isCount(factor)) return undefined;
  const count = Math.max(0, wholeNumber(factor, 'a factor'));
  if (isText(sequence)) {
    const text = markupText(sequence);
    run.budget.text(text.length * count);
    const repeated = text.repeat(text === '' ? 0 : count);
    return sequence instanceof Markup ? new Markup(repeated) : repeated;
  }
  if (!Array.isArray(sequence) && !(sequence instanceof Tuple)) return undefined;
  const items = itemsOfList(sequence);
  run.budget.step(items.length * count);
  const repeated = Array.from(
    { length: items.length * count },
    (_, index) => items[index % items.length] ?? null,
  );
  return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
}

const isCount = (value: Value): boolean => isInt(value) || typeof value === 'boolean';
