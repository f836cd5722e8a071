// Attributes and methods of dictionaries, lists, tuples, numbers and ranges.

import { raise } from '../errors.ts';
import { type BoundArguments, bindPositional } from './arguments.ts';
import { isEqual } from './compare.ts';
import { Dict, DictView } from './dict.ts';
import { itemsOf } from './iterate.ts';
import { normalizeInt } from './numbers.ts';
import {
  type Arguments,
  Float,
  isInt,
  NativeFunction,
  orElse,
  Range,
  type RenderState,
  Tuple,
  type Value,
} from './values.ts';

type Member = (given: BoundArguments, state: RenderState) => Value;

const method = (name: string, names: readonly string[], implementation: Member): Value =>
  new NativeFunction(
    (given: Arguments, rendering) => implementation(bindPositional(name, names, given), rendering),
    'method',
  );

const DICT_MUTATORS = ['clear', 'pop', 'popitem', 'setdefault', 'update'];
const LIST_MUTATORS = ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'];

/** Whether a method changes the value. Such methods are not accessible. */
export const isMutatingMethod = (object: Value, name: string): boolean =>
  object instanceof Dict
    ? DICT_MUTATORS.includes(name)
    : Array.isArray(object) && LIST_MUTATORS.includes(name);

/** Undefined if there is no such attribute. */
export function objectMember(object: Value, name: string): Value | undefined {
  if (object instanceof Dict) return dictMember(object, name);
  if (Array.isArray(object))
    return name === 'copy' ? method(name, [], () => [...object]) : listMember(object, name);
  if (object instanceof Tuple) return listMember(object, name);
  if (object instanceof Range) return rangeMember(object, name);
  if (object instanceof Float) return floatMember(object, name);
  return isInt(object) || typeof object === 'boolean' ? intMember(BigInt(object), name) : undefined;
}

function dictMember(dict: Dict, name: string): Value | undefined {
  switch (name) {
    case 'get':
      return method(name, ['key', 'default'], (given, state) => {
        return orElse(dict.get(given.required('key'), state.clean), () => given.given('default', null));
      });
    case 'items':
    case 'keys':
    case 'values':
      return method(name, [], () => new DictView(dict, name));
    case 'copy':
      return method(name, [], () => dict.copy());
    case 'fromkeys':
      return method(name, ['keys', 'value'], (given, state) => fromKeys(given, state));
    default:
      return undefined;
  }
}

function fromKeys(given: BoundArguments, state: RenderState): Value {
  const keys = given.required('keys');
  const dict = new Dict();
  if (!Array.isArray(keys)) raise('TypeError', 'fromkeys needs a list');
  for (const key of keys) dict.set(key, given.given('value') ?? null, state.clean);
  return dict;
}

function listMember(list: Value[] | Tuple | Range, name: string): Value | undefined {
  if (name === 'count') {
    return method(name, ['value'], (given, state) => {
      const value = given.required('value');
      return itemsOf(list, state).filter((item) => isEqual(item, value, state)).length;
    });
  }
  if (name !== 'index') return undefined;
  return method(name, ['value', 'start', 'stop'], (given, state) => {
    const value = given.required('value');
    const items = itemsOf(list, state);
    const bound = (place: number): number => (place < 0 ? Math.max(0, place + items.length) : place);
    const [start, stop] = [bound(given.integer('start') ?? 0), bound(given.integer('stop') ?? items.length)];
    const found = items.findIndex((item, at) => at >= start && at < stop && isEqual(item, value, state));
    return found < 0 ? raise('ValueError', 'the value is not in the list') : found;
  });
}

function rangeMember(range: Range, name: string): Value | undefined {
  if (name === 'start' || name === 'stop' || name === 'step') return range[name];
  return listMember(range, name);
}

function floatMember({ value }: Float, name: string): Value | undefined {
  if (name === 'real') return new Float(value);
  if (name === 'imag') return new Float(0);
  return name === 'is_integer' ? method(name, [], () => Number.isInteger(value)) : undefined;
}

function intMember(value: bigint, name: string): Value | undefined {
  switch (name) {
    case 'real':
    case 'numerator':
      return normalizeInt(value);
    case 'imag':
      return 0;
    case 'denominator':
      return 1;
    case 'bit_length':
      return method(name, [], () => (value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length));
    case 'is_integer':
      return method(name, [], () => true);
    default:
      return undefined;
  }
}
