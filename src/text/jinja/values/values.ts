// The values of templates. Python's str, bool, None, list and int are JavaScript's string, boolean, null, array and
// number (bigint beyond the safe integers). The other types are classes.

import type { Budget } from '../budget.ts';
import { type PythonErrorKind, raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import type { MarkedStrings } from '../strings/marked-strings.ts';

export type Int = number | bigint;

export type Value = string | boolean | null | Int | Value[] | PythonObject;

/** The arguments of a callable, a filter or a test. */
export interface Arguments {
  readonly positional: readonly Value[];
  /** values of the named arguments by name; the names contain no control-string marks */
  readonly named: ReadonlyMap<string, Value>;
  /** by name, the name with its control-string marks; only for names that contained marks */
  readonly markedNames?: ReadonlyMap<string, string>;
}

/** Functions that filters, tests and methods use and that they cannot import, because the imports would form a cycle. */
export interface SharedFunctions {
  readonly hasFilter: (name: string) => boolean;
  readonly applyFilter: (
    name: string,
    value: Value,
    args: Arguments,
    state: RenderState,
  ) => Value | Paused<Value>;
  /** returns `object.name` */
  readonly getAttribute: (object: Value, name: string, state: RenderState) => Value;
  /** returns `object[key]` */
  readonly getItem: (object: Value, key: Value, state: RenderState) => Value;
  readonly runTest: (
    name: string,
    value: Value,
    args: Arguments,
    state: RenderState,
  ) => boolean | Paused<boolean>;
}

/** The state of one rendering. */
export interface RenderState {
  readonly markedStrings: MarkedStrings;
  /** removes control-string marks */
  readonly clean: (text: string) => string;
  readonly budget: Budget;
  readonly now: () => Date;
  readonly library: SharedFunctions;
  /** variables and global functions; a variable replaces the function of the same name */
  readonly names: ReadonlyMap<string, Value>;
}

export abstract class PythonObject {
  /** Python's name of the type */
  abstract readonly type: string;
}

export class Float extends PythonObject {
  readonly type = 'float';
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }
}

export class Tuple extends PythonObject {
  readonly type = 'tuple';
  readonly items: readonly Value[];
  /** names of the items of a named tuple */
  readonly names: readonly string[];

  constructor(items: readonly Value[], names: readonly string[] = []) {
    super();
    this.items = items;
    this.names = names;
  }
}

/** A string that is safe HTML, as in markupsafe: other strings are escaped when they are concatenated with it. */
export class Markup extends PythonObject {
  readonly type = 'Markup';
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** A missing value. It may be printed, tested and iterated; every other use raises an error. */
export class Undefined extends PythonObject {
  readonly type = 'Undefined';
  readonly #message: string;
  readonly #kind: PythonErrorKind;

  constructor(message: string, kind: PythonErrorKind = 'UndefinedError') {
    super();
    this.#message = message;
    this.#kind = kind;
  }

  raise(): never {
    raise(this.#kind, this.#message);
  }
}

export class Range extends PythonObject {
  readonly type = 'range';
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;

  constructor(start: number, stop: number, step: number) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  at(index: number): number {
    return this.start + index * this.step;
  }
}

/** An iterator that is consumed once, like a generator. `error` is raised on iteration. */
export class OneShotIterator extends PythonObject {
  readonly type: string;
  readonly #items: readonly Value[];
  readonly #error: unknown;
  #position = 0;

  constructor(items: readonly Value[], type = 'generator', error?: unknown) {
    super();
    this.#items = items;
    this.type = type;
    this.#error = error;
  }

  /** Returns and consumes the remaining items. */
  consumeAll(): readonly Value[] {
    const remaining = this.#position === 0 ? this.#items : this.#items.slice(this.#position);
    this.#position = this.#items.length;
    if (this.#error !== undefined) throw this.#error;
    return remaining;
  }

  /** Returns and consumes the next item; undefined at the end. */
  next(): Value | undefined {
    if (this.#position < this.#items.length) return this.#items[this.#position++];
    if (this.#error !== undefined) throw this.#error;
    return undefined;
  }
}

export class Namespace extends PythonObject {
  readonly type = 'Namespace';
  /** values by name; the names contain no control-string marks */
  readonly attributes: Map<string, Value>;
  readonly #markedNames: ReadonlyMap<string, string>;

  /** @param markedNames by name, the name with its control-string marks; only for names that contained marks */
  constructor(attributes: Map<string, Value>, markedNames: ReadonlyMap<string, string>) {
    super();
    this.attributes = attributes;
    this.#markedNames = markedNames;
  }

  /** Yields the attributes with their original names. */
  *entries(): Generator<readonly [name: string, value: Value]> {
    for (const [name, value] of this.attributes) yield [this.#markedNames.get(name) ?? name, value];
  }
}

/** A value that has a method `call`. */
export abstract class Callable extends PythonObject {
  /** whether the test `callable` is true for the value */
  readonly isCallable: boolean = true;

  abstract call(args: Arguments, state: RenderState): Value | Paused<Value>;

  /** Returns the result of `repr`; undefined if Python's result contains a memory address. */
  describe(): string | undefined {
    return undefined;
  }
}

export type NativeImplementation = (args: Arguments, state: RenderState) => Value | Paused<Value>;

/** A built-in function or method. */
export class NativeFunction extends Callable {
  readonly type: string;
  readonly #call: NativeImplementation;

  constructor(call: NativeImplementation, type = 'function') {
    super();
    this.#call = call;
    this.type = type;
  }

  call(args: Arguments, state: RenderState): Value | Paused<Value> {
    return this.#call(args, state);
  }
}

/** An object with computed attributes, such as `loop` or a cycler. */
export abstract class AttributeObject extends Callable {
  abstract attribute(name: string): Value | undefined;

  /** number of items, if it has items */
  get length(): number | undefined {
    return undefined;
  }

  items(): readonly Value[] | undefined {
    return undefined;
  }
}

/** Replaces undefined; unlike `??`, does not replace None. */
export const defaultIfUndefined = (value: Value | undefined, createDefault: () => Value): Value =>
  value === undefined ? createDefault() : value;

export const isString = (value: Value): value is string | Markup =>
  typeof value === 'string' || value instanceof Markup;

export const isInt = (value: Value): value is Int => typeof value === 'number' || typeof value === 'bigint';

/** Returns whether a value is a list or a tuple. */
export const isList = (value: Value): value is Value[] | Tuple =>
  Array.isArray(value) || value instanceof Tuple;

export const itemsOfList = (value: readonly Value[] | Tuple): readonly Value[] =>
  value instanceof Tuple ? value.items : value;

export const isFunction = (value: Value): value is Callable => value instanceof Callable && value.isCallable;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'str',
  boolean: 'bool',
  number: 'int',
  bigint: 'int',
};

/** Returns Python's name of the type of a value. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (value instanceof PythonObject) return value.type;
  return Array.isArray(value) ? 'list' : (TYPE_NAMES[typeof value] ?? 'object');
}
