// Attributes and methods of dictionaries, lists, tuples, numbers and ranges.

import { raise } from '../errors.ts';
import { type BoundArguments, bindPositional } from './arguments.ts';
import { isEqual } from './compare.ts';
import { Dict, DictView } from './dict.ts';
import { itemsOf } from './iterate.ts';
import { normalizeInt } from './numbers.ts';
import {
  type Arguments,
  defaultIfUndefined,
  Float,
  isInt,
  NativeFunction,
  Range,
  type RenderState,
  Tuple,
  type Value,
} from './values.ts';

type MethodImplementation = (args: BoundArguments, state: RenderState) => Value;

const createMethod = (name: string, names: readonly string[], implementation: MethodImplementation): Value =>
  new NativeFunction(
    (args: Arguments, state) => implementation(bindPositional(name, names, args), state),
    'method',
  );

const DICT_MUTATORS = ['clear', 'pop', 'popitem', 'setdefault', 'update'];
const LIST_MUTATORS = ['append', 'clear', 'extend', 'insert', 'pop', 'remove', 'reverse', 'sort'];

/** Returns whether a method changes its object. Templates cannot access such methods. */
export const isMutatingMethod = (object: Value, name: string): boolean =>
  object instanceof Dict
    ? DICT_MUTATORS.includes(name)
    : Array.isArray(object) && LIST_MUTATORS.includes(name);

/** Returns an attribute or method of an object; undefined if there is none. */
export function objectMember(object: Value, name: string): Value | undefined {
  if (object instanceof Dict) return dictMember(object, name);
  if (Array.isArray(object))
    return name === 'copy' ? createMethod(name, [], () => [...object]) : listMember(object, name);
  if (object instanceof Tuple) return listMember(object, name);
  if (object instanceof Range) return rangeMember(object, name);
  if (object instanceof Float) return floatMember(object, name);
  return isInt(object) || typeof object === 'boolean' ? intMember(BigInt(object), name) : undefined;
}

function dictMember(dict: Dict, name: string): Value | undefined {
  switch (name) {
    case 'get':
      return createMethod(name, ['key', 'default'], (args, state) => {
        return defaultIfUndefined(dict.get(args.required('key'), state.clean), () =>
          args.argument('default', null),
        );
      });
    case 'items':
    case 'keys':
    case 'values':
      return createMethod(name, [], () => new DictView(dict, name));
    case 'copy':
      return createMethod(name, [], () => dict.copy());
    case 'fromkeys':
      return createMethod(name, ['keys', 'value'], (args, state) => dictFromKeys(args, state));
    default:
      return undefined;
  }
}

function dictFromKeys(args: BoundArguments, state: RenderState): Value {
  const keys = args.required('keys');
  const dict = new Dict();
  if (!Array.isArray(keys)) raise('TypeError', 'fromkeys needs a list');
  for (const key of keys) dict.set(key, args.argument('value') ?? null, state.clean);
  return dict;
}

function listMember(list: Value[] | Tuple | Range, name: string): Value | undefined {
  if (name === 'count') {
    return createMethod(name, ['value'], (args, state) => {
      const value = args.required('value');
      return itemsOf(list, state).filter((item) => isEqual(item, value, state)).length;
    });
  }
  if (name !== 'index') return undefined;
  return createMethod(name, ['value', 'start', 'stop'], (args, state) => {
    const value = args.required('value');
    const items = itemsOf(list, state);
    const clampIndex = (index: number): number => (index < 0 ? Math.max(0, index + items.length) : index);
    const [start, stop] = [
      clampIndex(args.integer('start') ?? 0),
      clampIndex(args.integer('stop') ?? items.length),
    ];
    const foundIndex = items.findIndex(
      (item, index) => index >= start && index < stop && isEqual(item, value, state),
    );
    return foundIndex < 0 ? raise('ValueError', 'the value is not in the list') : foundIndex;
  });
}

function rangeMember(range: Range, name: string): Value | undefined {
  if (name === 'start' || name === 'stop' || name === 'step') return range[name];
  return listMember(range, name);
}

function floatMember({ value }: Float, name: string): Value | undefined {
  if (name === 'real') return new Float(value);
  if (name === 'imag') return new Float(0);
  return name === 'is_integer' ? createMethod(name, [], () => Number.isInteger(value)) : undefined;
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
      return createMethod(name, [], () =>
        value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length,
      );
    case 'is_integer':
      return createMethod(name, [], () => true);
    default:
      return undefined;
  }
}
