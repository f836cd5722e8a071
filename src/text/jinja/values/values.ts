// The values that templates compute with. Where JavaScript has Python's type it is itself: str, bool, None (null),
// list (an array), int (a number, or a bigint beyond what numbers hold exactly). The others are classes.

import type { Budget } from '../budget.ts';
import { type ErrorKind, raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import type { MarkedStrings } from '../strings/marked-strings.ts';

export type Int = number | bigint;

export type Value = string | boolean | null | Int | Value[] | PythonObject;

/** What a callable, a filter or a test is given. */
export interface Arguments {
  readonly positional: readonly Value[];
  /** by name, without guard marks */
  readonly named: ReadonlyMap<string, Value>;
  /** names with the guard marks that they were given with, of those that have some */
  readonly markedNames?: ReadonlyMap<string, string>;
}

/** What filters, tests and methods ask for of their own kind. */
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

/** What one rendering shares. */
export interface RenderState {
  /** of the texts in the variables */
  readonly markedStrings: MarkedStrings;
  /** a text without guard marks */
  readonly clean: (text: string) => string;
  readonly budget: Budget;
  readonly now: () => Date;
  readonly library: Library;
  /** variables over globals */
  readonly names: ReadonlyMap<string, Value>;
}

export abstract class PythonObject {
  /** what Python calls the type */
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
  /** names of the items, of those that have some */
  readonly names: readonly string[];

  constructor(items: readonly Value[], names: readonly string[] = []) {
    super();
    this.items = items;
    this.names = names;
  }
}

/** A text that HTML needs no escape in: it escapes what it is put together with. */
export class Markup extends PythonObject {
  readonly type = 'Markup';
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** What there is not. It may be printed, tested and iterated; all else raises. */
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

/** What is gone through once, as a generator. What it raises in the end is raised where it is gone through. */
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

  /** All that is left. */
  takeAll(): readonly Value[] {
    const left = this.#at === 0 ? this.#items : this.#items.slice(this.#at);
    this.#at = this.#items.length;
    if (this.#error !== undefined) throw this.#error;
    return left;
  }

  /** The first that is left; undefined where none is. */
  next(): Value | undefined {
    if (this.#at < this.#items.length) return this.#items[this.#at++];
    if (this.#error !== undefined) throw this.#error;
    return undefined;
  }
}

export class Namespace extends PythonObject {
  readonly type = 'Namespace';
  /** by names without guard marks */
  readonly attributes: Map<string, Value>;
  readonly #spellings: ReadonlyMap<string, string>;

  /** @param spellings names with the guard marks that they were given with, of those that have some */
  constructor(attributes: Map<string, Value>, spellings: ReadonlyMap<string, string>) {
    super();
    this.attributes = attributes;
    this.#spellings = spellings;
  }

  /** With the names as they were given. */
  *entries(): Generator<readonly [name: string, value: Value]> {
    for (const [name, value] of this.attributes) yield [this.#spellings.get(name) ?? name, value];
  }
}

/** What may be called. */
export abstract class Callable extends PythonObject {
  /** whether it is called itself, and not only methods of it */
  readonly isCallable: boolean = true;

  abstract call(given: Arguments, state: RenderState): Value | Paused<Value>;

  /** As Python prints it; undefined where that has an address in memory. */
  describe(): string | undefined {
    return undefined;
  }
}

export type NativeImplementation = (given: Arguments, state: RenderState) => Value | Paused<Value>;

/** A function or method that is not of the template. */
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

/** An object whose attributes are computed: `loop`, a cycler. */
export abstract class AttributeObject extends Callable {
  abstract attribute(name: string): Value | undefined;

  /** how many items it has, where it has items */
  get length(): number | undefined {
    return undefined;
  }

  items(): readonly Value[] | undefined {
    return undefined;
  }
}

/** What was found, or else another: `??` would take None for nothing. */
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

/** What Python calls the type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (value instanceof PythonObject) return value.type;
  return Array.isArray(value) ? 'list' : (TYPES[typeof value] ?? 'object');
}
