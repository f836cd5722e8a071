// What a filter, a test or a method was called with. Python lets an argument be given by its place or by its
// name; what a call gives and nothing takes is an error, as it is there.

import { isInteger, isNone, isString, isTrue, typeName, type Value } from './values.ts';

export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** The arguments of a function that takes `names`, in this order. Throws where others are given. */
export function bind(function_: string, names: readonly string[], given: Arguments): BoundArguments {
  if (given.positional.length > names.length)
    throw new Error(`${function_} takes at most ${names.length} arguments, ${given.positional.length} given`);
  for (const name of given.named.keys())
    if (!names.includes(name)) throw new Error(`${function_} has no argument ${name}`);
  return new BoundArguments(
    function_,
    (name) => given.positional[names.indexOf(name)] ?? given.named.get(name),
  );
}

/** Reads arguments in the types that are wanted; None counts as not given. */
export class BoundArguments {
  readonly #function: string;
  readonly #get: (name: string) => Value | undefined;

  constructor(function_: string, get: (name: string) => Value | undefined) {
    this.#function = function_;
    this.#get = get;
  }

  value(name: string): Value | undefined {
    return this.#get(name);
  }

  required(name: string): Value {
    const value = this.#get(name);
    if (value === undefined) throw new Error(`${this.#function} needs an argument ${name}`);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || isNone(value)) return undefined;
    if (isString(value)) return value.value;
    throw new Error(`${this.#function}: ${name} must be a str, not ${typeName(value)}`);
  }

  whole(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || isNone(value)) return undefined;
    if (isInteger(value)) return value.value;
    throw new Error(`${this.#function}: ${name} must be an int, not ${typeName(value)}`);
  }

  flag(name: string): boolean {
    const value = this.#get(name);
    return value !== undefined && isTrue(value);
  }
}
