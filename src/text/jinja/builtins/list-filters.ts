// Filters that iterate over their input.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { runUntilPause } from '../paused.ts';
import { toLowerCase } from '../strings/string-case.ts';
import { type BoundArguments, bindArguments } from '../values/arguments.ts';
import { compare, isEqual } from '../values/compare.ts';
import { Dict, DictView, mapKeyOf } from '../values/dict.ts';
import { itemsOf, itemsOfSteps, lengthOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { createAttributeGetter } from '../values/members.ts';
import { applyOperator } from '../values/operators.ts';
import {
  defaultIfUndefined,
  isString,
  OneShotIterator,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';
import { mergeSort } from './sort.ts';

type FilterSteps = (value: Value, args: BoundArguments, state: RenderState) => Steps<Value>;

/** Creates a filter from a generator that may pause. */
const createFilter =
  (name: string, names: readonly string[], steps: FilterSteps): Filter =>
  (value, args, state) =>
    runUntilPause(steps(value, bindArguments(name, names, args), state));

/** Returns the key by which a value is compared: a string is lower-cased unless case is significant. */
const comparisonKey = (value: Value, isCaseSensitive: boolean): Value =>
  isString(value) && !isCaseSensitive ? toLowerCase(stringOf(value)) : value;

/** Creates a function that returns the key of an item: one of its attributes, or the item itself. */
function createKeyGetter(
  args: BoundArguments,
  state: RenderState,
  defaultValue?: Value,
): (value: Value) => Value {
  const getAttribute = createAttributeGetter(args.value('attribute') ?? null, state, defaultValue);
  const isCaseSensitive = args.flag('case_sensitive');
  return (value) => comparisonKey(getAttribute(value), isCaseSensitive);
}

const createOrder =
  (state: RenderState, reverse: boolean) =>
  (a: Value, b: Value): number =>
    reverse ? (compare('<', b, a, state) ?? 0) : (compare('<', a, b, state) ?? 0);

function* sortItems(
  items: readonly Value[],
  getKey: (value: Value) => Value,
  reverse: boolean,
  state: RenderState,
): Steps<Value[]> {
  const itemsWithKeys = items.map((item) => ({ item, key: getKey(item) }));
  state.budget.step(items.length);
  const compareKeys = createOrder(state, reverse);
  const sorted = yield* mergeSort(itemsWithKeys, (a, b) => compareKeys(a.key, b.key), state);
  return sorted.map(({ item }) => item);
}

function* sort(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const attribute = args.value('attribute');
  const paths =
    attribute !== undefined && isString(attribute)
      ? state.clean(stringOf(attribute)).split(',')
      : [attribute ?? null];
  const getters = paths.map((path) => createAttributeGetter(path, state));
  const isCaseSensitive = args.flag('case_sensitive');
  const getKey = (item: Value): Value =>
    getters.map((getAttribute) => comparisonKey(getAttribute(item), isCaseSensitive));
  return yield* sortItems(yield* itemsOfSteps(value, state), getKey, args.flag('reverse'), state);
}

function* dictsort(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const sortBy = args.string('by') ?? 'key';
  if (sortBy !== 'key' && sortBy !== 'value') raise('ValueError', 'dictsort: by must be key or value');
  if (value instanceof Undefined) value.raise();
  if (!(value instanceof Dict)) raise('TypeError', `dictsort needs a dictionary, got a ${typeName(value)}`);
  const isCaseSensitive = args.flag('case_sensitive');
  const getKey = (pair: Value): Value =>
    comparisonKey((pair as Tuple).items[sortBy === 'key' ? 0 : 1] ?? null, isCaseSensitive);
  const pairs = Array.from(value.entries(), (entry) => new Tuple([...entry]));
  return yield* sortItems(pairs, getKey, args.flag('reverse'), state);
}

function* groupby(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  args.required('attribute');
  const defaultValue = args.value('default');
  const getKey = createKeyGetter(args, state, defaultValue);
  const getAttribute = createAttributeGetter(args.value('attribute') ?? null, state, defaultValue);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of yield* sortItems(itemsOf(value, state), getKey, false, state)) {
    const itemKey = getKey(item);
    const lastGroup = groups.at(-1);
    if (lastGroup !== undefined && isEqual(lastGroup.key, itemKey, state)) lastGroup.items.push(item);
    else groups.push({ key: itemKey, items: [item] });
  }
  return groups.map(({ key: groupKey, items }) => {
    const name = args.flag('case_sensitive') ? groupKey : getAttribute(items[0] ?? null);
    return new Tuple([name, items], ['grouper', 'list']);
  });
}

function* unique(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const getKey = createKeyGetter(args, state);
  const knownKeys = new Set<unknown>();
  const uniqueItems: Value[] = [];
  for (const item of yield* itemsOfSteps(value, state)) {
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
    const mapKey = mapKeyOf(getKey(item), state.clean);
    if (knownKeys.has(mapKey)) continue;
    knownKeys.add(mapKey);
    uniqueItems.push(item);
  }
  return new OneShotIterator(uniqueItems);
}

const createExtremumFilter = (name: string, operator: '<' | '>'): Filter =>
  createFilter(name, ['case_sensitive', 'attribute'], function* (value, args, state) {
    const getKey = createKeyGetter(args, state);
    let best: Value = new Undefined('there is no item');
    let bestKey: Value | undefined;
    for (const item of yield* itemsOfSteps(value, state)) {
      const itemKey = getKey(item);
      const order = bestKey === undefined ? undefined : compare(operator, itemKey, bestKey, state);
      if (bestKey !== undefined && !(order !== undefined && (operator === '<' ? order < 0 : order > 0)))
        continue;
      [best, bestKey] = [item, itemKey];
    }
    return best;
  });

function* sum(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const getAttribute = createAttributeGetter(args.value('attribute') ?? null, state);
  let total: Value = args.argument('start', 0);
  if (isString(total)) raise('TypeError', 'sum cannot concatenate strings');
  for (const item of itemsOf(value, state)) {
    total = applyOperator('+', total, getAttribute(item), state) as Value;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return total;
}

function* batch(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const size = args.integer('linecount') ?? raise('TypeError', 'batch needs the argument linecount');
  const filler = args.value('fill_with');
  const rows: Value[][] = [];
  for (const item of yield* itemsOfSteps(value, state)) {
    const row = rows.at(-1);
    if (row === undefined || row.length === size) rows.push([item]);
    else row.push(item);
  }
  const lastRow = rows.at(-1);
  if (lastRow !== undefined && filler !== undefined && lastRow.length < size) {
    state.budget.step(size - lastRow.length);
    while (lastRow.length < size) lastRow.push(filler);
  }
  return new OneShotIterator(rows);
}

function* sliceColumns(value: Value, args: BoundArguments, state: RenderState): Steps<Value> {
  const count = args.integer('slices') ?? raise('TypeError', 'slice needs the argument slices');
  const filler = args.value('fill_with');
  const items = yield* itemsOfSteps(value, state);
  if (count === 0) raise('ZeroDivisionError', 'division by zero');
  state.budget.step(Math.max(0, count));
  const size = Math.floor(items.length / count);
  const remainder = items.length % count;
  const columns = Array.from({ length: Math.max(0, count) }, (_, index) => {
    const start = index * size + Math.min(index, remainder);
    const part = items.slice(start, start + size + (index < remainder ? 1 : 0));
    return filler !== undefined && index >= remainder ? [...part, filler] : part;
  });
  return new OneShotIterator(columns);
}

const first: Filter = (value, args, state) => {
  bindArguments('first', [], args);
  const createUndefined = (): Value => new Undefined('there is no first item');
  if (typeof value === 'string')
    return defaultIfUndefined(state.markedStrings.characters(value.slice(0, 16))[0], createUndefined);
  return defaultIfUndefined(
    value instanceof OneShotIterator ? value.next() : itemsOf(value, state)[0],
    createUndefined,
  );
};

const last: Filter = (value, args, state) => {
  bindArguments('last', [], args);
  if (typeof value === 'string' && value !== '')
    return defaultIfUndefined(
      state.markedStrings.characters(value.slice(-16)).at(-1),
      () => itemsOf(value, state).at(-1) ?? null,
    );
  if (lengthOf(value, state) === undefined) raise('TypeError', `a ${typeName(value)} cannot be reversed`);
  return defaultIfUndefined(itemsOf(value, state).at(-1), () => new Undefined('there is no last item'));
};

const length: Filter = (value, args, state) => {
  bindArguments('length', [], args);
  if (typeof value === 'string') return runUntilPause(textLength(value, state));
  return lengthOf(value, state) ?? raise('TypeError', `a ${typeName(value)} has no length`);
};

function* textLength(text: string, state: RenderState): Steps<Value> {
  let count = 0;
  for (const part of state.markedStrings.chunks(text)) {
    count += state.markedStrings.length(part);
    state.budget.allocate(part.length);
    if (state.budget.isPauseDue()) yield;
  }
  return count;
}

const items: Filter = (value, args) => {
  bindArguments('items', [], args);
  if (value instanceof Undefined) return new OneShotIterator([]);
  if (!(value instanceof Dict)) raise('TypeError', `a ${typeName(value)} has no items`);
  return new OneShotIterator(new DictView(value, 'items').items());
};

const SORT_ARGUMENTS = ['reverse', 'case_sensitive', 'attribute'];

export const LIST_FILTERS: FilterTable = {
  length,
  count: length,
  first,
  last,
  list: createFilter('list', [], function* (value, _, state) {
    return [...(yield* itemsOfSteps(value, state))];
  }),
  items,
  sort: createFilter('sort', SORT_ARGUMENTS, sort),
  dictsort: createFilter('dictsort', ['case_sensitive', 'by', 'reverse'], dictsort),
  groupby: createFilter('groupby', ['attribute', 'default', 'case_sensitive'], groupby),
  unique: createFilter('unique', ['case_sensitive', 'attribute'], unique),
  min: createExtremumFilter('min', '<'),
  max: createExtremumFilter('max', '>'),
  sum: createFilter('sum', ['attribute', 'start'], sum),
  batch: createFilter('batch', ['linecount', 'fill_with'], batch),
  slice: createFilter('slice', ['slices', 'fill_with'], sliceColumns),
};
