// Calls: converts evaluated arguments to the form that functions accept, and checks that the callee is callable.

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

export function callValue(value: Value, given: Arguments, state: RenderState): Value | Paused<Value> {
  if (value instanceof Callable) return value.call(given, state);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `a ${typeName(value)} cannot be called`);
}

/** @param values the evaluated arguments, in the order of `args` */
export function toArguments(args: CallArguments, values: readonly Value[], state: RenderState): Arguments {
  const positional = values.slice(0, args.positional.length);
  const named = new Map<string, Value>();
  let at = positional.length;
  for (const [name] of args.named) named.set(name, values[at++] ?? null);
  if (args.list !== undefined) {
    const items = itemsOf(values[at++] ?? null, state);
    state.budget.step(items.length);
    for (const one of items) positional.push(one);
  }
  if (args.dict === undefined) return { positional, named };
  return { positional, named, markedNames: addKeywordArguments(named, values[at] ?? null, state) };
}

/** Returns the names that contain guard marks. */
function addKeywordArguments(
  named: Map<string, Value>,
  value: Value,
  state: RenderState,
): ReadonlyMap<string, string> {
  if (!(value instanceof Dict)) raise('TypeError', `** needs a dictionary, got a ${typeName(value)}`);
  state.budget.step(value.size);
  const spellings = new Map<string, string>();
  for (const [key, one] of value.entries()) {
    if (!isString(key)) raise('TypeError', 'argument names must be strings');
    const spelling = stringOf(key);
    const name = state.clean(spelling);
    if (name !== spelling) spellings.set(name, spelling);
    if (named.has(name)) raise('TypeError', `the argument ${name} was passed twice`);
    named.set(name, one);
  }
  return spellings;
}
