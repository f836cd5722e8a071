// Filters that iterate over their input.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { runToPause } from '../paused.ts';
import { toLowerCase } from '../strings/string-case.ts';
import { type BoundArguments, bind } from '../values/arguments.ts';
import { compare, isEqual } from '../values/compare.ts';
import { Dict, DictView, keyOf } from '../values/dict.ts';
import { itemsOf, itemsOfSteps, lengthOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { createAttributeGetter } from '../values/members.ts';
import { applyOperator } from '../values/operators.ts';
import {
  isString,
  OneShotIterator,
  orElse,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';
import { sortedBy } from './sort.ts';

type Change = (value: Value, given: BoundArguments, state: RenderState) => Steps<Value>;

/** Creates a filter from a generator that may pause. */
const filter =
  (name: string, names: readonly string[], change: Change): Filter =>
  (value, given, state) =>
    runToPause(change(value, bind(name, names, given), state));

/** The key that a value is compared by: strings are lower-cased unless case matters. */
const comparable = (value: Value, sensitive: boolean): Value =>
  isString(value) && !sensitive ? toLowerCase(stringOf(value)) : value;

/** Returns a function for the key of an item: one of its attributes, or the item. */
function keyGetter(given: BoundArguments, state: RenderState, otherwise?: Value): (value: Value) => Value {
  const get = createAttributeGetter(given.value('attribute') ?? null, state, otherwise);
  const sensitive = given.flag('case_sensitive');
  return (value) => comparable(get(value), sensitive);
}

const order =
  (state: RenderState, reverse: boolean) =>
  (a: Value, b: Value): number =>
    reverse ? (compare('<', b, a, state) ?? 0) : (compare('<', a, b, state) ?? 0);

function* sortItems(
  items: readonly Value[],
  key: (value: Value) => Value,
  reverse: boolean,
  state: RenderState,
): Steps<Value[]> {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  state.budget.step(items.length);
  const inOrder = order(state, reverse);
  const found = yield* sortedBy(keyed, (a, b) => inOrder(a.key, b.key), state);
  return found.map(({ item }) => item);
}

function* sort(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const paths = given.value('attribute');
  const texts =
    paths !== undefined && isString(paths) ? state.clean(stringOf(paths)).split(',') : [paths ?? null];
  const getters = texts.map((path) => createAttributeGetter(path, state));
  const sensitive = given.flag('case_sensitive');
  const keyOfItem = (item: Value): Value => getters.map((get) => comparable(get(item), sensitive));
  return yield* sortItems(yield* itemsOfSteps(value, state), keyOfItem, given.flag('reverse'), state);
}

function* dictsort(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const by = given.string('by') ?? 'key';
  if (by !== 'key' && by !== 'value') raise('ValueError', 'dictsort: by must be key or value');
  if (value instanceof Undefined) value.raise();
  if (!(value instanceof Dict)) raise('TypeError', `dictsort needs a dictionary, got a ${typeName(value)}`);
  const sensitive = given.flag('case_sensitive');
  const key = (pair: Value): Value =>
    comparable((pair as Tuple).items[by === 'key' ? 0 : 1] ?? null, sensitive);
  const pairs = Array.from(value.entries(), (entry) => new Tuple([...entry]));
  return yield* sortItems(pairs, key, given.flag('reverse'), state);
}

function* groupby(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  given.required('attribute');
  const otherwise = given.value('default');
  const key = keyGetter(given, state, otherwise);
  const get = createAttributeGetter(given.value('attribute') ?? null, state, otherwise);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of yield* sortItems(itemsOf(value, state), key, false, state)) {
    const itemKey = key(item);
    const last = groups.at(-1);
    if (last !== undefined && isEqual(last.key, itemKey, state)) last.items.push(item);
    else groups.push({ key: itemKey, items: [item] });
  }
  return groups.map(({ key: lower, items }) => {
    const name = given.flag('case_sensitive') ? lower : get(items[0] ?? null);
    return new Tuple([name, items], ['grouper', 'list']);
  });
}

function* unique(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const key = keyGetter(given, state);
  const seen = new Set<unknown>();
  const kept: Value[] = [];
  for (const item of yield* itemsOfSteps(value, state)) {
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
    const hash = keyOf(key(item), state.clean);
    if (seen.has(hash)) continue;
    seen.add(hash);
    kept.push(item);
  }
  return new OneShotIterator(kept);
}

const extremum = (name: string, wanted: '<' | '>'): Filter =>
  filter(name, ['case_sensitive', 'attribute'], function* (value, given, state) {
    const key = keyGetter(given, state);
    let best: Value = new Undefined('there is no item');
    let bestKey: Value | undefined;
    for (const item of yield* itemsOfSteps(value, state)) {
      const itemKey = key(item);
      const order = bestKey === undefined ? undefined : compare(wanted, itemKey, bestKey, state);
      if (bestKey !== undefined && !(order !== undefined && (wanted === '<' ? order < 0 : order > 0)))
        continue;
      [best, bestKey] = [item, itemKey];
    }
    return best;
  });

function* sum(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const get = createAttributeGetter(given.value('attribute') ?? null, state);
  let total: Value = given.given('start', 0);
  if (isString(total)) raise('TypeError', 'sum cannot concatenate strings');
  for (const item of itemsOf(value, state)) {
    total = applyOperator('+', total, get(item), state) as Value;
    state.budget.step();
    if (state.budget.isPauseDue()) yield;
  }
  return total;
}

function* batch(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const size = given.integer('linecount') ?? raise('TypeError', 'batch needs the argument linecount');
  const filler = given.value('fill_with');
  const rows: Value[][] = [];
  for (const item of yield* itemsOfSteps(value, state)) {
    const row = rows.at(-1);
    if (row === undefined || row.length === size) rows.push([item]);
    else row.push(item);
  }
  const last = rows.at(-1);
  if (last !== undefined && filler !== undefined && last.length < size) {
    state.budget.step(size - last.length);
    while (last.length < size) last.push(filler);
  }
  return new OneShotIterator(rows);
}

function* sliceColumns(value: Value, given: BoundArguments, state: RenderState): Steps<Value> {
  const count = given.integer('slices') ?? raise('TypeError', 'slice needs the argument slices');
  const filler = given.value('fill_with');
  const items = yield* itemsOfSteps(value, state);
  if (count === 0) raise('ZeroDivisionError', 'division by zero');
  state.budget.step(Math.max(0, count));
  const size = Math.floor(items.length / count);
  const more = items.length % count;
  const found = Array.from({ length: Math.max(0, count) }, (_, index) => {
    const start = index * size + Math.min(index, more);
    const part = items.slice(start, start + size + (index < more ? 1 : 0));
    return filler !== undefined && index >= more ? [...part, filler] : part;
  });
  return new OneShotIterator(found);
}

const first: Filter = (value, given, state) => {
  bind('first', [], given);
  const none = (): Value => new Undefined('there is no first item');
  if (typeof value === 'string') return orElse(state.markedStrings.characters(value.slice(0, 16))[0], none);
  return orElse(value instanceof OneShotIterator ? value.next() : itemsOf(value, state)[0], none);
};

const last: Filter = (value, given, state) => {
  bind('last', [], given);
  if (typeof value === 'string' && value !== '')
    return orElse(
      state.markedStrings.characters(value.slice(-16)).at(-1),
      () => itemsOf(value, state).at(-1) ?? null,
    );
  if (lengthOf(value, state) === undefined) raise('TypeError', `a ${typeName(value)} cannot be reversed`);
  return orElse(itemsOf(value, state).at(-1), () => new Undefined('there is no last item'));
};

const length: Filter = (value, given, state) => {
  bind('length', [], given);
  if (typeof value === 'string') return runToPause(textLength(value, state));
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

const items: Filter = (value, given) => {
  bind('items', [], given);
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
  list: filter('list', [], function* (value, _, state) {
    return [...(yield* itemsOfSteps(value, state))];
  }),
  items,
  sort: filter('sort', SORT_ARGUMENTS, sort),
  dictsort: filter('dictsort', ['case_sensitive', 'by', 'reverse'], dictsort),
  groupby: filter('groupby', ['attribute', 'default', 'case_sensitive'], groupby),
  unique: filter('unique', ['case_sensitive', 'attribute'], unique),
  min: extremum('min', '<'),
  max: extremum('max', '>'),
  sum: filter('sum', ['attribute', 'start'], sum),
  batch: filter('batch', ['linecount', 'fill_with'], batch),
  slice: filter('slice', ['slices', 'fill_with'], sliceColumns),
};
