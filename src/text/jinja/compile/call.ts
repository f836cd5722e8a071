// Prepares calls: converts evaluated arguments to the form that functions accept, and checks that the callee is callable.

import { raise } from '../errors.ts';
import type { CallArguments } from '../parse/syntax-tree.ts';
import type { Paused } from '../paused.ts';
import { Dict } from '../values/dict.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import {
  type Arguments,
  Callable,
  isString,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';

export function callValue(value: Value, args: Arguments, state: RenderState): Value | Paused<Value> {
  if (value instanceof Callable) return value.call(args, state);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `a ${typeName(value)} cannot be called`);
}

/**
 * Assigns evaluated arguments to their names.
 * @param values the values of the expressions in `args`, in the same order
 */
export function toArguments(args: CallArguments, values: readonly Value[], state: RenderState): Arguments {
  const positional = values.slice(0, args.positional.length);
  const named = new Map<string, Value>();
  let valueIndex = positional.length;
  for (const [name] of args.named) named.set(name, values[valueIndex++] ?? null);
  if (args.list !== undefined) {
    const items = itemsOf(values[valueIndex++] ?? null, state);
    state.budget.step(items.length);
    for (const item of items) positional.push(item);
  }
  if (args.dict === undefined) return { positional, named };
  return { positional, named, markedNames: addKeywordArguments(named, values[valueIndex] ?? null, state) };
}

/** Adds the entries of a `**` dictionary to `named`. Returns the original forms of names that contain control-string marks. */
function addKeywordArguments(
  named: Map<string, Value>,
  value: Value,
  state: RenderState,
): ReadonlyMap<string, string> {
  if (!(value instanceof Dict)) raise('TypeError', `** needs a dictionary, got a ${typeName(value)}`);
  state.budget.step(value.size);
  const markedNames = new Map<string, string>();
  for (const [key, argument] of value.entries()) {
    if (!isString(key)) raise('TypeError', 'argument names must be strings');
    const markedName = stringOf(key);
    const name = state.clean(markedName);
    if (name !== markedName) markedNames.set(name, markedName);
    if (named.has(name)) raise('TypeError', `the argument ${name} was passed twice`);
    named.set(name, argument);
  }
  return markedNames;
}
