// Binds the arguments of filters, tests and methods to parameter names. As in Python, an argument is positional or named,
// and one that no parameter accepts is an error.

import { raise } from '../errors.ts';
import { stringOf } from './markup.ts';
import { toInteger } from './numbers.ts';
import { isTrue } from './truth.ts';
import { type Arguments, isString, typeName, Undefined, type Value } from './values.ts';

/** Yields the named arguments with their original names, for values that keep the names. */
export function* markedNamedArguments({
  named,
  markedNames,
}: Arguments): Generator<[name: string, value: Value]> {
  for (const [name, value] of named) yield [markedNames?.get(name) ?? name, value];
}

/** Binds arguments to the parameters `names`, in this order. Raises for unexpected arguments. */
export function bind(function_: string, names: readonly string[], given: Arguments): BoundArguments {
  const { positional, named } = given;
  if (positional.length > names.length)
    raise('TypeError', `${function_} takes at most ${names.length} arguments, ${positional.length} given`);
  for (const name of named.keys()) {
    const at = names.indexOf(name);
    if (at < 0) raise('TypeError', `${function_} has no argument ${name}`);
    if (at < positional.length) raise('TypeError', `${function_} got ${name} twice`);
  }
  return new BoundArguments(function_, names, given);
}

/** Like `bind`, for a function without named arguments. */
export function bindPositional(
  function_: string,
  names: readonly string[],
  given: Arguments,
): BoundArguments {
  if (given.named.size > 0) raise('TypeError', `${function_} takes no named arguments`);
  return bind(function_, names, given);
}

/** Reads arguments with type checks. */
export class BoundArguments {
  readonly #function: string;
  readonly #names: readonly string[];
  readonly #given: Arguments;

  constructor(function_: string, names: readonly string[], given: Arguments) {
    this.#function = function_;
    this.#names = names;
    this.#given = given;
  }

  /** The argument; undefined if it is missing or None. */
  value(name: string): Value | undefined {
    return this.given(name) ?? undefined;
  }

  /** Whether the argument was passed, even as None. */
  has(name: string): boolean {
    return this.#names.indexOf(name) < this.#given.positional.length || this.#given.named.has(name);
  }

  /** The argument, which may be None; undefined or `otherwise` if it is missing. */
  given(name: string): Value | undefined;
  given(name: string, otherwise: Value): Value;
  given(name: string, otherwise?: Value): Value | undefined {
    const at = this.#names.indexOf(name);
    const found =
      at < this.#given.positional.length ? this.#given.positional[at] : this.#given.named.get(name);
    return found === undefined ? otherwise : found;
  }

  required(name: string): Value {
    const value = this.given(name);
    if (value === undefined) raise('TypeError', `${this.#function} needs an argument ${name}`);
    return value;
  }

  /** None counts as missing. */
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

  /** None counts as missing. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : toInteger(value, `${this.#function}: ${name}`);
  }

  flag(name: string): boolean {
    const value = this.value(name);
    return value !== undefined && isTrue(value);
  }
}
