// The values that templates compute with. The jinja library keeps their classes to itself, so they are taken
// from values that it made. It prints and compares as JavaScript does; templates are written for Python, whose
// ways are here.

import {
  type DictValue,
  Environment,
  type IntegerValue,
  type ListValue,
  type StringValue,
  type Value,
} from './library.ts';

export type { Value } from './library.ts';

export const isString = (value: Value): value is StringValue => value.type === 'StringValue';
export const isList = (value: Value): value is ListValue =>
  value.type === 'ArrayValue' || value.type === 'TupleValue';
export const isDict = (value: Value): value is DictValue =>
  value.type === 'ObjectValue' || value.type === 'KeywordArgumentsValue';
export const isUndefined = (value: Value): boolean => value.type === 'UndefinedValue';
export const isNone = (value: Value): boolean => value.type === 'NullValue';
export const isInteger = (value: Value): value is IntegerValue => value.type === 'IntegerValue';
const isNumeric = (value: Value): boolean =>
  isInteger(value) || value.type === 'FloatValue' || value.type === 'BooleanValue';

// A scope makes values of what is declared in it, and costs more than most of them: one is enough.
const maker = new Environment();

/** A value from JSON, or a function of plain values. */
export function toValue(content: unknown): Value {
  const value = maker.set('value', content);
  maker.variables.delete('value');
  return value;
}

type Maker<Content, Made> = new (content: Content) => Made;
const makerOf = <Content, Made>(sample: unknown): Maker<Content, Made> =>
  toValue(sample).constructor as Maker<Content, Made>;
const MadeString = makerOf<string, StringValue>('');
const MadeList = makerOf<Value[], ListValue>([]);

export const stringValue = (text: string): StringValue => new MadeString(text);
export const listValue = (items: Value[]): ListValue => new MadeList(items);
export const UNDEFINED: Value = toValue(undefined);

const [TRUE, FALSE] = [toValue(true), toValue(false)];
export const booleanValue = (holds: boolean): Value => (holds ? TRUE : FALSE);

export const isTrue = (value: Value): boolean => value.__bool__().value;

/** What Python calls the type, for messages. */
export function typeName(value: Value): string {
  if (isString(value)) return 'str';
  if (isList(value)) return 'list';
  if (isDict(value)) return 'dict';
  return isNone(value) ? 'None' : value.type.replace(/Value$/, '').toLowerCase();
}

/** As `str()` writes it, which is what a template prints. */
export function str(value: Value): string {
  if (isString(value)) return value.value;
  return isUndefined(value) ? '' : repr(value);
}

function repr(value: Value): string {
  if (isString(value)) return quoted(value.value);
  if (isList(value)) return listed(value);
  if (isDict(value)) {
    const entries = [...value.value].map(([key, item]) => `${quoted(key)}: ${repr(item)}`);
    return `{${entries.join(', ')}}`;
  }
  if (isNone(value)) return 'None';
  if (isUndefined(value)) return 'Undefined';
  if (value.type === 'BooleanValue') return isTrue(value) ? 'True' : 'False';
  return value.toString();
}

function listed(list: ListValue): string {
  const items = list.value.map(repr).join(', ');
  if (list.type === 'ArrayValue') return `[${items}]`;
  return list.value.length === 1 ? `(${items},)` : `(${items})`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = Array.from(text, (character) => {
    if (character === quote) return `\\${quote}`;
    return ESCAPES.get(character) ?? (isControl(character) ? hexEscape(character) : character);
  });
  return quote + escaped.join('') + quote;
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0xad;
}

const hexEscape = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/**
 * As `==` in Python: no kind of value equals another kind, but numbers and truth values.
 * @param clean takes what does not count out of a string
 */
export function isEqual(left: Value, right: Value, clean: (text: string) => string): boolean {
  if (isNumeric(left) && isNumeric(right)) return Number(left.value) === Number(right.value);
  if (left.type !== right.type) return false;
  if (isString(left) && isString(right)) return clean(left.value) === clean(right.value);
  if (isList(left) && isList(right)) {
    const others = right.value;
    return (
      left.value.length === others.length &&
      left.value.every((item, index) => isEqual(item, others[index] ?? UNDEFINED, clean))
    );
  }
  if (isDict(left) && isDict(right)) {
    const others = right.value;
    return (
      left.value.size === others.size &&
      [...left.value].every(([key, item]) => {
        const other = others.get(key);
        return other !== undefined && isEqual(item, other, clean);
      })
    );
  }
  return isNone(left) || isUndefined(left) || left === right;
}

/** What a loop goes over: items of a list, keys of a dictionary, nothing where the value is undefined. */
export function itemsOf(value: Value, characters: (text: string) => string[]): Value[] {
  if (isList(value)) return value.value;
  if (isDict(value)) return [...value.value.keys()].map(stringValue);
  if (isString(value)) return characters(value.value).map(stringValue);
  if (isUndefined(value)) return [];
  throw new Error(`${typeName(value)} is not iterable`);
}

/** `a.b.c` or an index, as filters name attributes; undefined where there is none. */
export function attributeOf(value: Value, path: string): Value {
  let found = value;
  for (const part of path.split('.')) {
    if (isDict(found)) found = found.value.get(part) ?? UNDEFINED;
    else if (isList(found)) found = found.value[Number(part)] ?? UNDEFINED;
    else return UNDEFINED;
  }
  return found;
}
