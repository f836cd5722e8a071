// The values of templates. Python's str, bool, None, list and int are JavaScript's string, boolean, null, array and
// number (bigint beyond the safe integers). The other types are classes.

import type { Budget } from '../budget.ts';
import { type ErrorKind, raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import type { MarkedStrings } from '../strings/marked-strings.ts';

export type Int = number | bigint;

export type Value = string | boolean | null | Int | Value[] | PythonObject;

/** The arguments of a callable, a filter or a test. */
export interface Arguments {
  readonly positional: readonly Value[];
  /** by name, without guard marks */
  readonly named: ReadonlyMap<string, Value>;
  /** original names with guard marks, for the names that contain some */
  readonly markedNames?: ReadonlyMap<string, string>;
}

/** Functions that filters, tests and methods call on each other; passed in to avoid an import cycle. */
export interface Library {
  readonly hasFilter: (name: string) => boolean;
  readonly applyFilter: (
    name: string,
    value: Value,
    given: Arguments,
    state: RenderState,
  ) => Value | Paused<Value>;
  /** `object.name` */
  readonly attribute: (object: Value, name: string, state: RenderState) => Value;
  /** `object[key]` */
  readonly item: (object: Value, key: Value, state: RenderState) => Value;
  readonly runTest: (
    name: string,
    value: Value,
    given: Arguments,
    state: RenderState,
  ) => boolean | Paused<boolean>;
}

/** The state of one rendering. */
export interface RenderState {
  readonly markedStrings: MarkedStrings;
  /** removes guard marks */
  readonly clean: (text: string) => string;
  readonly budget: Budget;
  readonly now: () => Date;
  readonly library: Library;
  /** variables over globals */
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

/** A string that is safe HTML, as in markupsafe: other strings are escaped when they are joined with it. */
export class Markup extends PythonObject {
  readonly type = 'Markup';
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** A missing value. It may be printed, tested and iterated; all other uses raise. */
export class Undefined extends PythonObject {
  readonly type = 'Undefined';
  readonly #why: string;
  readonly #kind: ErrorKind;

  constructor(why: string, kind: ErrorKind = 'UndefinedError') {
    super();
    this.#why = why;
    this.#kind = kind;
  }

  raise(): never {
    raise(this.#kind, this.#why);
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

/** An iterator that is consumed once, like a generator. Its error, if any, is raised on iteration. */
export class OneShotIterator extends PythonObject {
  readonly type: string;
  readonly #items: readonly Value[];
  readonly #error: unknown;
  #at = 0;

  constructor(items: readonly Value[], type = 'generator', error?: unknown) {
    super();
    this.#items = items;
    this.type = type;
    this.#error = error;
  }

  /** Returns and consumes the remaining items. */
  takeAll(): readonly Value[] {
    const left = this.#at === 0 ? this.#items : this.#items.slice(this.#at);
    this.#at = this.#items.length;
    if (this.#error !== undefined) throw this.#error;
    return left;
  }

  /** Returns and consumes the next item; undefined at the end. */
  next(): Value | undefined {
    if (this.#at < this.#items.length) return this.#items[this.#at++];
    if (this.#error !== undefined) throw this.#error;
    return undefined;
  }
}

export class Namespace extends PythonObject {
  readonly type = 'Namespace';
  /** by name without guard marks */
  readonly attributes: Map<string, Value>;
  readonly #spellings: ReadonlyMap<string, string>;

  /** @param spellings original names with guard marks, for the names that contain some */
  constructor(attributes: Map<string, Value>, spellings: ReadonlyMap<string, string>) {
    super();
    this.attributes = attributes;
    this.#spellings = spellings;
  }

  /** Yields the attributes with their original names. */
  *entries(): Generator<readonly [name: string, value: Value]> {
    for (const [name, value] of this.attributes) yield [this.#spellings.get(name) ?? name, value];
  }
}

/** A value with `call`. */
export abstract class Callable extends PythonObject {
  /** whether the test `callable` holds for it */
  readonly isCallable: boolean = true;

  abstract call(given: Arguments, state: RenderState): Value | Paused<Value>;

  /** Its `repr`; undefined if Python's contains a memory address. */
  describe(): string | undefined {
    return undefined;
  }
}

export type NativeImplementation = (given: Arguments, state: RenderState) => Value | Paused<Value>;

/** A built-in function or method. */
export class NativeFunction extends Callable {
  readonly type: string;
  readonly #call: NativeImplementation;

  constructor(call: NativeImplementation, type = 'function') {
    super();
    this.#call = call;
    this.type = type;
  }

  call(given: Arguments, state: RenderState): Value | Paused<Value> {
    return this.#call(given, state);
  }
}

/** An object with computed attributes: `loop`, a cycler. */
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

/** Replaces undefined only; `??` would also replace None. */
export const orElse = (found: Value | undefined, other: () => Value): Value =>
  found === undefined ? other() : found;

export const isString = (value: Value): value is string | Markup =>
  typeof value === 'string' || value instanceof Markup;

export const isInt = (value: Value): value is Int => typeof value === 'number' || typeof value === 'bigint';

/** A list or a tuple. */
export const isList = (value: Value): value is Value[] | Tuple =>
  Array.isArray(value) || value instanceof Tuple;

export const itemsOfList = (value: readonly Value[] | Tuple): readonly Value[] =>
  value instanceof Tuple ? value.items : value;

export const isFunction = (value: Value): value is Callable => value instanceof Callable && value.isCallable;

const TYPES: Readonly<Record<string, string>> = {
  string: 'str',
  boolean: 'bool',
  number: 'int',
  bigint: 'int',
};

/** Python's name of the type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (value instanceof PythonObject) return value.type;
  return Array.isArray(value) ? 'list' : (TYPES[typeof value] ?? 'object');
}
