// Global functions of templates: jinja's, and those that transformers adds.

import { raise } from '../errors.ts';
import { unsupported } from '../unsupported.ts';
import { bind, bindPositional, markedNamedArguments } from '../values/arguments.ts';
import { Dict, dictOf } from '../values/dict.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { toInteger } from '../values/numbers.ts';
import { str } from '../values/str.ts';
import {
  type Arguments,
  AttributeObject,
  isString,
  Namespace,
  NativeFunction,
  Range,
  type RenderState,
  typeName,
  type Value,
} from '../values/values.ts';
import { strftime } from './strftime.ts';

// The limit of the sandbox that transformers uses.
const MAX_RANGE = 100_000;

function range(given: Arguments): Value {
  const places = bindPositional('range', ['start', 'stop', 'step'], given);
  const numbers = given.positional.map((value) => toInteger(value, 'range'));
  const [first, second, step = 1] = numbers;
  if (first === undefined) places.required('start');
  if (step === 0) raise('ValueError', 'the step of a range cannot be 0');
  const made = second === undefined ? new Range(0, first ?? 0, 1) : new Range(first ?? 0, second, step);
  if (made.length > MAX_RANGE)
    raise(
      'OverflowError',
      `a range of ${made.length} numbers: the limit is ${MAX_RANGE.toLocaleString('en')}`,
    );
  return made;
}

function dict(given: Arguments, state: RenderState): Dict {
  const [source, ...more] = given.positional;
  if (more.length > 0) raise('TypeError', 'dict takes at most one positional argument');
  const made =
    source === undefined ? new Dict() : source instanceof Dict ? source.copy() : fromPairs(source, state);
  for (const [name, value] of markedNamedArguments(given)) made.set(name, value, state.clean);
  state.budget.step(made.size);
  return made;
}

function fromPairs(source: Value, state: RenderState): Dict {
  const pairs = itemsOf(source, state).map((pair): [Value, Value] => {
    const [key, value, ...more] = itemsOf(pair, state);
    if (key === undefined || value === undefined || more.length > 0) raise('ValueError', 'dict needs pairs');
    return [key, value];
  });
  return dictOf(pairs, state.clean);
}

function namespace(given: Arguments, state: RenderState): Namespace {
  const attributes = new Map<string, Value>();
  const spellings = new Map<string, string>();
  for (const [key, value] of dict(given, state).entries()) {
    const spelling = str(key, state);
    const name = state.clean(spelling);
    attributes.set(name, value);
    if (name !== spelling) spellings.set(name, spelling);
  }
  return new Namespace(attributes, spellings);
}

/** Returns its items in rotation. */
class Cycler extends AttributeObject {
  readonly type = 'Cycler';
  override readonly isCallable = false;
  readonly #items: readonly Value[];
  #at = 0;

  constructor(items: readonly Value[]) {
    super();
    if (items.length === 0) raise('TypeError', 'at least one item has to be provided');
    this.#items = items;
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'current':
        return this.#current;
      case 'pos':
        return this.#at;
      case 'next':
        return new NativeFunction(() => this.#next(), 'method');
      case 'reset':
        return new NativeFunction(() => this.#reset(), 'method');
      default:
        return undefined;
    }
  }

  call(): Value {
    raise('TypeError', 'a cycler is not callable: use next()');
  }

  get #current(): Value {
    return this.#items[this.#at] ?? null;
  }

  #next(): Value {
    const current = this.#current;
    this.#at = (this.#at + 1) % this.#items.length;
    return current;
  }

  #reset(): Value {
    this.#at = 0;
    return null;
  }
}

/** Returns the empty string on the first call, then a separator. */
class Joiner extends AttributeObject {
  readonly type = 'Joiner';
  readonly #separator: Value;
  #used = false;

  constructor(separator: Value) {
    super();
    this.#separator = separator;
  }

  attribute(name: string): Value | undefined {
    if (name === 'sep') return this.#separator;
    return name === 'used' ? this.#used : undefined;
  }

  call(given: Arguments): Value {
    bind('joiner', [], given);
    const used = this.#used;
    this.#used = true;
    return used ? this.#separator : '';
  }
}

function raiseException(given: Arguments, state: RenderState): never {
  return raise('TemplateError', str(bind('raise_exception', ['message'], given).required('message'), state));
}

function strftimeNow(given: Arguments, state: RenderState): string {
  const format = bind('strftime_now', ['format'], given).required('format');
  if (!isString(format)) raise('TypeError', `strftime_now needs a string, got a ${typeName(format)}`);
  return strftime(state.now(), stringOf(format));
}

export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>(
  Object.entries({
    range: new NativeFunction(range),
    dict: new NativeFunction(dict),
    namespace: new NativeFunction(namespace),
    cycler: new NativeFunction(({ positional, named }) => {
      if (named.size > 0) raise('TypeError', 'cycler takes no named arguments');
      return new Cycler(positional);
    }),
    joiner: new NativeFunction((given) => new Joiner(bind('joiner', ['sep'], given).given('sep', ', '))),
    lipsum: new NativeFunction(() => unsupported('function lipsum')),
    raise_exception: new NativeFunction(raiseException),
    strftime_now: new NativeFunction(strftimeNow),
  }),
);
