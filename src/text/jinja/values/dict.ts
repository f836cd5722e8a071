// Dictionaries. Keys are compared as in Python: 1, 1.0 and true are one key. Strings that differ only in control-string marks
// are one key too, because templates must not see the marks.

import { MAX_DATA_DEPTH } from '../budget.ts';
import { raise } from '../errors.ts';
import { Float, Markup, PythonObject, Tuple, typeName, Undefined, type Value } from './values.ts';

type Clean = (text: string) => string;

// A string is used directly as map key. Strings that represent other values as map keys start with this prefix.
const KEY_PREFIX = '\0';

/** Returns the map key of a value. Raises an error for a value that is not hashable. */
export function mapKeyOf(value: Value, clean: Clean, depth = 0): unknown {
  if (depth > MAX_DATA_DEPTH) raise('RecursionError', 'a key is nested too deeply');
  if (typeof value === 'string') return stringKey(clean(value));
  if (typeof value === 'boolean') return Number(value);
  if (!(value instanceof PythonObject)) {
    if (Array.isArray(value)) raise('TypeError', 'unhashable type: list');
    return value;
  }
  if (value instanceof Markup) return stringKey(clean(value.text));
  if (value instanceof Float) return value.value === 0 ? 0 : value.value;
  if (value instanceof Undefined) return undefined;
  if (value instanceof Tuple) return tupleKey(value.items.map((item) => mapKeyOf(item, clean, depth + 1)));
  if (value instanceof Dict) raise('TypeError', `unhashable type: ${typeName(value)}`);
  return value;
}

const stringKey = (text: string): string => (text.startsWith(KEY_PREFIX) ? `${KEY_PREFIX}s${text}` : text);

// The number of each object that is part of a tuple key.
const objectNumbers = new WeakMap<object, number>();
let nextObjectNumber = 0;

function tupleKey(parts: readonly unknown[]): string {
  const partTexts = parts.map((part) => {
    if (typeof part !== 'object' || part === null) {
      const text = typeof part === 'bigint' ? part.toString(16) : String(part);
      return `${typeof part}:${text.length}:${text}`;
    }
    const number = objectNumbers.get(part) ?? nextObjectNumber++;
    objectNumbers.set(part, number);
    return `object:${number}`;
  });
  return `${KEY_PREFIX}t${partTexts.join(',')}`;
}

export class Dict extends PythonObject {
  readonly type = 'dict';
  readonly #entries = new Map<unknown, [key: Value, value: Value]>();

  get size(): number {
    return this.#entries.size;
  }

  set(key: Value, value: Value, clean: Clean): void {
    const mapKey = mapKeyOf(key, clean);
    const entry = this.#entries.get(mapKey);
    if (entry === undefined) this.#entries.set(mapKey, [key, value]);
    else entry[1] = value;
  }

  get(key: Value, clean: Clean): Value | undefined {
    return this.#entries.get(mapKeyOf(key, clean))?.[1];
  }

  /** Gets the value of a key from the template source, which contains no marks. */
  getUnmarked(name: string): Value | undefined {
    return this.#entries.get(stringKey(name))?.[1];
  }

  has(key: Value, clean: Clean): boolean {
    return this.#entries.has(mapKeyOf(key, clean));
  }

  keys(): Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  entries(): IterableIterator<readonly [key: Value, value: Value]> {
    return this.#entries.values();
  }

  copy(): Dict {
    const copy = new Dict();
    for (const [key, [name, value]] of this.#entries) copy.#entries.set(key, [name, value]);
    return copy;
  }
}

/** The object that `keys()`, `values()` or `items()` of a dictionary returns. */
export class DictView extends PythonObject {
  readonly type: string;
  readonly dict: Dict;
  readonly #kind: 'keys' | 'values' | 'items';

  constructor(dict: Dict, kind: 'keys' | 'values' | 'items') {
    super();
    this.dict = dict;
    this.#kind = kind;
    this.type = `dict_${kind}`;
  }

  items(): Value[] {
    if (this.#kind === 'keys') return this.dict.keys();
    if (this.#kind === 'values') return this.dict.values();
    return Array.from(this.dict.entries(), (entry) => new Tuple(entry));
  }
}

/** Creates a dictionary from its entries. */
export function dictOf(entries: Iterable<readonly [Value, Value]>, clean: Clean): Dict {
  const dict = new Dict();
  for (const [key, value] of entries) dict.set(key, value, clean);
  return dict;
}
