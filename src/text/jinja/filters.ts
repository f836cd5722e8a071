// Jinja's filters as Python has them. The jinja library has most of them too, but for fewer kinds of values and
// arguments (no `select`, no `map` with a filter, no `trim` with characters), and it refuses what is undefined,
// which Python's take for an empty text or list. What is not here is left to it.

import { type Arguments, type BoundArguments, bind } from './arguments.ts';
import type { MarkedText } from './marked-text.ts';
import { capitalized, replaced, titled } from './string-methods.ts';
import { runTest } from './value-tests.ts';
import {
  attributeOf,
  isDict,
  isInteger,
  isNone,
  isString,
  isTrue,
  isUndefined,
  itemsOf,
  listValue,
  str,
  stringValue,
  toValue,
  typeName,
  UNDEFINED,
  type Value,
} from './values.ts';

/** What filters need of the interpreter that runs them. */
export interface FilterContext {
  readonly marked: MarkedText;
  /** any filter by its name */
  apply(name: string, value: Value, given: Arguments): Value;
}

export type Filter = (value: Value, given: Arguments, context: FilterContext) => Value;

/** A filter that takes `names` and gives a text. */
const ofText =
  (
    name: string,
    names: readonly string[],
    change: (text: string, given: BoundArguments, marked: MarkedText) => string,
  ): Filter =>
  (value, given, { marked }) =>
    stringValue(change(str(value), bind(name, names, given), marked));

/** A filter that takes nothing and looks at the items of what it is given. */
const ofItems =
  (name: string, change: (items: readonly Value[]) => Value): Filter =>
  (value, given, { marked }) => {
    bind(name, [], given);
    return change(itemsOf(value, marked.characters));
  };

const otherwise: Filter = (value, given) => {
  const bound = bind('default', ['default_value', 'boolean'], given);
  const missing = isUndefined(value) || (bound.flag('boolean') && !isTrue(value));
  return missing ? (bound.value('default_value') ?? stringValue('')) : value;
};

const length: Filter = (value, given, { marked }) => {
  bind('length', [], given);
  if (isNone(value) || isInteger(value)) throw new Error(`a ${typeName(value)} has no length`);
  if (isString(value)) return toValue(marked.characters(value.value).length);
  return toValue(itemsOf(value, marked.characters).length);
};

const join: Filter = (value, given, { marked }) => {
  const bound = bind('join', ['d', 'attribute'], given);
  const attribute = bound.value('attribute');
  const items = itemsOf(value, marked.characters);
  const texts = items.map((item) => str(attribute === undefined ? item : attributeOf(item, str(attribute))));
  return stringValue(texts.join(str(bound.value('d') ?? stringValue(''))));
};

const items: Filter = (value, given) => {
  bind('items', [], given);
  if (isUndefined(value)) return listValue([]);
  if (!isDict(value)) throw new Error(`a ${typeName(value)} has no items`);
  return listValue([...value.value].map(([key, item]) => listValue([stringValue(key), item])));
};

/** Keeps the items for which a test holds, or does not: the items themselves, or an attribute of each. */
const choose =
  (name: string, wanted: boolean, byAttribute: boolean): Filter =>
  (value, given, { marked }) => {
    const [first, ...rest] = given.positional;
    if (byAttribute && first === undefined) throw new Error(`${name} needs the name of an attribute`);
    const [test, other] = byAttribute ? rest : given.positional;
    const holds = (item: Value): boolean => {
      const tested = byAttribute ? attributeOf(item, str(first ?? UNDEFINED)) : item;
      return test === undefined ? isTrue(tested) : runTest(str(test), tested, other, marked);
    };
    return listValue(itemsOf(value, marked.characters).filter((item) => holds(item) === wanted));
  };

const map: Filter = (value, given, context) => {
  const all = itemsOf(value, context.marked.characters);
  const [name, ...positional] = given.positional;
  if (name !== undefined) {
    const rest = { positional, named: given.named };
    return listValue(all.map((item) => context.apply(str(name), item, rest)));
  }
  const bound = bind('map', ['attribute', 'default'], given);
  const attribute = str(bound.required('attribute'));
  return listValue(
    all.map((item) => {
      const found = attributeOf(item, attribute);
      return isUndefined(found) ? (bound.value('default') ?? found) : found;
    }),
  );
};

function indented(text: string, given: BoundArguments): string {
  const width = given.value('width') ?? toValue(4);
  const space = isInteger(width) ? ' '.repeat(width.value) : str(width);
  const [first = '', ...rest] = text.split('\n');
  const lines = rest.map((line) => (line === '' && !given.flag('blank') ? line : space + line));
  return [given.flag('first') ? space + first : first, ...lines].join('\n');
}

export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['default', otherwise],
  ['d', otherwise],
  ['length', length],
  ['count', length],
  ['join', join],
  ['items', items],
  ['map', map],
  ['select', choose('select', true, false)],
  ['reject', choose('reject', false, false)],
  ['selectattr', choose('selectattr', true, true)],
  ['rejectattr', choose('rejectattr', false, true)],
  ['list', ofItems('list', (all) => listValue([...all]))],
  ['first', ofItems('first', (all) => all[0] ?? UNDEFINED)],
  ['last', ofItems('last', (all) => all.at(-1) ?? UNDEFINED)],
  ['string', ofText('string', [], (text) => text)],
  ['upper', ofText('upper', [], (text) => text.toUpperCase())],
  ['lower', ofText('lower', [], (text) => text.toLowerCase())],
  ['capitalize', ofText('capitalize', [], (text, _, marked) => capitalized(text, marked))],
  // Words end where the filter says, not the method: "they're" -> "They're".
  ['title', ofText('title', [], (text, _, marked) => titled(text, marked, /[-\s({[<]/u))],
  [
    'trim',
    ofText('trim', ['chars'], (text, given, marked) => marked.strip(text, given.text('chars'), true, true)),
  ],
  ['indent', ofText('indent', ['width', 'first', 'blank'], indented)],
  [
    'replace',
    ofText('replace', ['old', 'new', 'count'], (text, given, marked) =>
      replaced(
        text,
        str(given.required('old')),
        str(given.required('new')),
        given.whole('count') ?? -1,
        marked,
      ),
    ),
  ],
]);
