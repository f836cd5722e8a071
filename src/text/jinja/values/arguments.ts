// Binds the arguments of filters, tests and methods to parameter names. As in Python, an argument is positional or named,
// and an argument that no parameter accepts is an error.

import { raise } from '../errors.ts';
import { stringOf } from './markup.ts';
import { toInteger } from './numbers.ts';
import { isTrue } from './truth.ts';
import { type Arguments, isString, typeName, Undefined, type Value } from './values.ts';

/** Yields the named arguments with their original names, including control-string marks. */
export function* markedNamedArguments({
  named,
  markedNames,
}: Arguments): Generator<[name: string, value: Value]> {
  for (const [name, value] of named) yield [markedNames?.get(name) ?? name, value];
}

/** Binds arguments to the parameters `names`, in this order. Raises an error for unexpected arguments. */
export function bindArguments(
  functionName: string,
  names: readonly string[],
  args: Arguments,
): BoundArguments {
  const { positional, named } = args;
  if (positional.length > names.length)
    raise(
      'TypeError',
      `${functionName} accepts at most ${names.length} arguments, ${positional.length} given`,
    );
  for (const name of named.keys()) {
    const index = names.indexOf(name);
    if (index < 0) raise('TypeError', `${functionName} has no argument ${name}`);
    if (index < positional.length) raise('TypeError', `${functionName} received ${name} twice`);
  }
  return new BoundArguments(functionName, names, args);
}

/** Like `bindArguments`, for a function that accepts no named arguments. */
export function bindPositional(
  functionName: string,
  names: readonly string[],
  args: Arguments,
): BoundArguments {
  if (args.named.size > 0) raise('TypeError', `${functionName} accepts no named arguments`);
  return bindArguments(functionName, names, args);
}

/** Arguments by parameter name; the methods check the types. */
export class BoundArguments {
  readonly #function: string;
  readonly #names: readonly string[];
  readonly #args: Arguments;

  constructor(functionName: string, names: readonly string[], args: Arguments) {
    this.#function = functionName;
    this.#names = names;
    this.#args = args;
  }

  /** Returns the argument; undefined if it is missing or None. */
  value(name: string): Value | undefined {
    return this.argument(name) ?? undefined;
  }

  /** Returns whether the argument was passed, also as None. */
  has(name: string): boolean {
    return this.#names.indexOf(name) < this.#args.positional.length || this.#args.named.has(name);
  }

  /** Returns the argument, which may be None; if it is missing, undefined or `defaultValue`. */
  argument(name: string): Value | undefined;
  argument(name: string, defaultValue: Value): Value;
  argument(name: string, defaultValue?: Value): Value | undefined {
    const index = this.#names.indexOf(name);
    const value =
      index < this.#args.positional.length ? this.#args.positional[index] : this.#args.named.get(name);
    return value === undefined ? defaultValue : value;
  }

  /** Returns the argument, which may be None. Raises an error if it is missing. */
  required(name: string): Value {
    const value = this.argument(name);
    if (value === undefined) raise('TypeError', `${this.#function} needs an argument ${name}`);
    return value;
  }

  /** Returns a string argument; undefined if it is missing or None. */
  string(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (isString(value)) return stringOf(value);
    if (value instanceof Undefined) value.raise();
    raise('TypeError', `${this.#function}: ${name} must be a str, not ${typeName(value)}`);
  }

  requiredString(name: string): string {
    const value = this.required(name);
    if (isString(value)) return stringOf(value);
    raise('TypeError', `${this.#function}: ${name} must be a str, not ${typeName(value)}`);
  }

  /** Returns an integer argument; undefined if it is missing or None. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : toInteger(value, `${this.#function}: ${name}`);
  }

  flag(name: string): boolean {
    const value = this.value(name);
    return value !== undefined && isTrue(value);
  }
}
