// Calls: what is evaluated is brought into the form that functions take, and what is called must be a function.

import { raise } from '../errors.ts';
import type { CallArguments } from '../parse/syntax-tree.ts';
import type { Later } from '../paused.ts';
import { Dict } from '../values/dict.ts';
import { itemsOf } from '../values/iterate.ts';
import { markupText } from '../values/markup.ts';
import {
  type Arguments,
  Callable,
  isText,
  type Run,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';

export function callValue(value: Value, given: Arguments, run: Run): Value | Later<Value> {
  if (value instanceof Callable) return value.call(given, run);
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `a ${typeName(value)} cannot be called`);
}

/** @param values of the arguments, in the order in which `args` has them */
export function evaluatedArguments(args: CallArguments, values: readonly Value[], run: Run): Arguments {
  const positional = values.slice(0, args.positional.length);
  const named = new Map<string, Value>();
  let at = positional.length;
  for (const [name] of args.named) named.set(name, values[at++] ?? null);
  if (args.list !== undefined) {
    const items = itemsOf(values[at++] ?? null, run);
    run.budget.step(items.length);
    for (const one of items) positional.push(one);
  }
  if (args.dict === undefined) return { positional, named };
  return { positional, named, spellings: addNamed(named, values[at] ?? null, run) };
}

/** Gives the names that have guard marks. */
function addNamed(named: Map<string, Value>, value: Value, run: Run): ReadonlyMap<string, string> {
  if (!(value instanceof Dict)) raise('TypeError', `** takes a dictionary, not a ${typeName(value)}`);
  run.budget.step(value.size);
  const spellings = new Map<string, string>();
  for (const [key, one] of value.entries()) {
    if (!isText(key)) raise('TypeError', 'names of arguments are texts');
    const spelling = markupText(key);
    const name = run.clean(spelling);
    if (name !== spelling) spellings.set(name, spelling);
    if (named.has(name)) raise('TypeError', `the argument ${name} is given twice`);
    named.set(name, one);
  }
  return spellings;
}
