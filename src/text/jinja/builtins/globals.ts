// Global functions of templates: those of jinja, and those that transformers adds.

import { raise } from '../errors.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { bindArguments, bindPositional, markedNamedArguments } from '../values/arguments.ts';
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

// The limit of jinja's sandbox, which transformers uses.
const MAX_RANGE = 100_000;

function range(args: Arguments): Value {
  const boundArguments = bindPositional('range', ['start', 'stop', 'step'], args);
  const numbers = args.positional.map((value) => toInteger(value, 'range'));
  const [first, second, step = 1] = numbers;
  if (first === undefined) boundArguments.required('start');
  if (step === 0) raise('ValueError', 'the step of a range cannot be 0');
  const result = second === undefined ? new Range(0, first ?? 0, 1) : new Range(first ?? 0, second, step);
  if (result.length > MAX_RANGE)
    raise(
      'OverflowError',
      `a range of ${result.length} numbers: the limit is ${MAX_RANGE.toLocaleString('en')}`,
    );
  return result;
}

function dict(args: Arguments, state: RenderState): Dict {
  const [source, ...extra] = args.positional;
  if (extra.length > 0) raise('TypeError', 'dict accepts at most one positional argument');
  const result =
    source === undefined ? new Dict() : source instanceof Dict ? source.copy() : dictFromPairs(source, state);
  for (const [name, value] of markedNamedArguments(args)) result.set(name, value, state.clean);
  state.budget.step(result.size);
  return result;
}

function dictFromPairs(source: Value, state: RenderState): Dict {
  const pairs = itemsOf(source, state).map((pair): [Value, Value] => {
    const [key, value, ...extra] = itemsOf(pair, state);
    if (key === undefined || value === undefined || extra.length > 0) raise('ValueError', 'dict needs pairs');
    return [key, value];
  });
  return dictOf(pairs, state.clean);
}

function namespace(args: Arguments, state: RenderState): Namespace {
  const attributes = new Map<string, Value>();
  const markedNames = new Map<string, string>();
  for (const [key, value] of dict(args, state).entries()) {
    const markedName = str(key, state);
    const name = state.clean(markedName);
    attributes.set(name, value);
    if (name !== markedName) markedNames.set(name, markedName);
  }
  return new Namespace(attributes, markedNames);
}

/** The object that `cycler` returns: `next` returns the items in rotation. */
class Cycler extends AttributeObject {
  readonly type = 'Cycler';
  override readonly isCallable = false;
  readonly #items: readonly Value[];
  #position = 0;

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
        return this.#position;
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
    return this.#items[this.#position] ?? null;
  }

  #next(): Value {
    const current = this.#current;
    this.#position = (this.#position + 1) % this.#items.length;
    return current;
  }

  #reset(): Value {
    this.#position = 0;
    return null;
  }
}

/** The object that `joiner` returns: a call returns the separator, the first call an empty string. */
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

  call(args: Arguments): Value {
    bindArguments('joiner', [], args);
    const used = this.#used;
    this.#used = true;
    return used ? this.#separator : '';
  }
}

function raiseException(args: Arguments, state: RenderState): never {
  return raise(
    'TemplateError',
    str(bindArguments('raise_exception', ['message'], args).required('message'), state),
  );
}

function strftimeNow(args: Arguments, state: RenderState): string {
  const format = bindArguments('strftime_now', ['format'], args).required('format');
  if (!isString(format)) raise('TypeError', `strftime_now needs a string, got a ${typeName(format)}`);
  return strftime(state.now(), stringOf(format));
}

export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>(
  Object.entries({
    range: new NativeFunction(range),
    dict: new NativeFunction(dict),
    namespace: new NativeFunction(namespace),
    cycler: new NativeFunction(({ positional, named }) => {
      if (named.size > 0) raise('TypeError', 'cycler accepts no named arguments');
      return new Cycler(positional);
    }),
    joiner: new NativeFunction(
      (args) => new Joiner(bindArguments('joiner', ['sep'], args).argument('sep', ', ')),
    ),
    lipsum: new NativeFunction(() => raiseUnsupported('function lipsum')),
    raise_exception: new NativeFunction(raiseException),
    strftime_now: new NativeFunction(strftimeNow),
  }),
);
