// Filters that go through what they are given.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import { begin } from '../paused.ts';
import { lowered } from '../strings/string-case.ts';
import { type Bound, bind } from '../values/arguments.ts';
import { compare, isEqual } from '../values/compare.ts';
import { Dict, DictView, keyOf } from '../values/dict.ts';
import { itemsOf, itemsOfSteps, lengthOf } from '../values/iterate.ts';
import { markupText } from '../values/markup.ts';
import { attributeGetter } from '../values/members.ts';
import { operate } from '../values/operators.ts';
import {
  isText,
  orElse,
  type Run,
  Stream,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';
import { sortedBy } from './sort.ts';

type Change = (value: Value, given: Bound, run: Run) => Steps<Value>;

/** A filter that may pause. */
const filter =
  (name: string, names: readonly string[], change: Change): Filter =>
  (value, given, run) =>
    begin(change(value, bind(name, names, given), run));

/** What is compared of a value: texts without their case where that does not matter. */
const comparable = (value: Value, sensitive: boolean): Value =>
  isText(value) && !sensitive ? lowered(markupText(value)) : value;

/** What is compared of an item: an attribute, or itself. */
function keyGetter(given: Bound, run: Run, otherwise?: Value): (value: Value) => Value {
  const get = attributeGetter(given.value('attribute') ?? null, run, otherwise);
  const sensitive = given.flag('case_sensitive');
  return (value) => comparable(get(value), sensitive);
}

const order =
  (run: Run, reverse: boolean) =>
  (a: Value, b: Value): number =>
    reverse ? (compare('<', b, a, run) ?? 0) : (compare('<', a, b, run) ?? 0);

function* sorted(
  items: readonly Value[],
  key: (value: Value) => Value,
  reverse: boolean,
  run: Run,
): Steps<Value[]> {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  run.budget.step(items.length);
  const inOrder = order(run, reverse);
  const found = yield* sortedBy(keyed, (a, b) => inOrder(a.key, b.key), run);
  return found.map(({ item }) => item);
}

function* sort(value: Value, given: Bound, run: Run): Steps<Value> {
  const paths = given.value('attribute');
  const texts =
    paths !== undefined && isText(paths) ? run.clean(markupText(paths)).split(',') : [paths ?? null];
  const getters = texts.map((path) => attributeGetter(path, run));
  const sensitive = given.flag('case_sensitive');
  const keyOfItem = (item: Value): Value => getters.map((get) => comparable(get(item), sensitive));
  return yield* sorted(yield* itemsOfSteps(value, run), keyOfItem, given.flag('reverse'), run);
}

function* dictsort(value: Value, given: Bound, run: Run): Steps<Value> {
  const by = given.text('by') ?? 'key';
  if (by !== 'key' && by !== 'value') raise('ValueError', 'dictsort sorts by key or value');
  if (value instanceof Undefined) value.raise();
  if (!(value instanceof Dict)) raise('TypeError', `dictsort takes a dictionary, not a ${typeName(value)}`);
  const sensitive = given.flag('case_sensitive');
  const key = (pair: Value): Value =>
    comparable((pair as Tuple).items[by === 'key' ? 0 : 1] ?? null, sensitive);
  const pairs = Array.from(value.entries(), (entry) => new Tuple([...entry]));
  return yield* sorted(pairs, key, given.flag('reverse'), run);
}

function* groupby(value: Value, given: Bound, run: Run): Steps<Value> {
  given.required('attribute');
  const otherwise = given.value('default');
  const key = keyGetter(given, run, otherwise);
  const get = attributeGetter(given.value('attribute') ?? null, run, otherwise);
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of yield* sorted(itemsOf(value, run), key, false, run)) {
    const itemKey = key(item);
    const last = groups.at(-1);
    if (last !== undefined && isEqual(last.key, itemKey, run)) last.items.push(item);
    else groups.push({ key: itemKey, items: [item] });
  }
  return groups.map(({ key: lower, items }) => {
    const name = given.flag('case_sensitive') ? lower : get(items[0] ?? null);
    return new Tuple([name, items], ['grouper', 'list']);
  });
}

function* unique(value: Value, given: Bound, run: Run): Steps<Value> {
  const key = keyGetter(given, run);
  const seen = new Set<unknown>();
  const kept: Value[] = [];
  for (const item of yield* itemsOfSteps(value, run)) {
    run.budget.step();
    if (run.budget.due()) yield;
    const hash = keyOf(key(item), run.clean);
    if (seen.has(hash)) continue;
    seen.add(hash);
    kept.push(item);
  }
  return new Stream(kept);
}

const extreme = (name: string, wanted: '<' | '>'): Filter =>
  filter(name, ['case_sensitive', 'attribute'], function* (value, given, run) {
    const key = keyGetter(given, run);
    let best: Value = new Undefined('there is no item');
    let bestKey: Value | undefined;
    for (const item of yield* itemsOfSteps(value, run)) {
      const itemKey = key(item);
      const order = bestKey === undefined ? undefined : compare(wanted, itemKey, bestKey, run);
      if (bestKey !== undefined && !(order !== undefined && (wanted === '<' ? order < 0 : order > 0)))
        continue;
      [best, bestKey] = [item, itemKey];
    }
    return best;
  });

function* sum(value: Value, given: Bound, run: Run): Steps<Value> {
  const get = attributeGetter(given.value('attribute') ?? null, run);
  let total: Value = given.given('start', 0);
  if (isText(total)) raise('TypeError', 'sum does not join texts');
  for (const item of itemsOf(value, run)) {
    total = operate('+', total, get(item), run) as Value;
    run.budget.step();
    if (run.budget.due()) yield;
  }
  return total;
}

function* batch(value: Value, given: Bound, run: Run): Steps<Value> {
  const size = given.whole('linecount') ?? raise('TypeError', 'batch needs a size');
  const filler = given.value('fill_with');
  const rows: Value[][] = [];
  for (const item of yield* itemsOfSteps(value, run)) {
    const row = rows.at(-1);
    if (row === undefined || row.length === size) rows.push([item]);
    else row.push(item);
  }
  const last = rows.at(-1);
  if (last !== undefined && filler !== undefined && last.length < size) {
    run.budget.step(size - last.length);
    while (last.length < size) last.push(filler);
  }
  return new Stream(rows);
}

function* slices(value: Value, given: Bound, run: Run): Steps<Value> {
  const count = given.whole('slices') ?? raise('TypeError', 'slice needs a number');
  const filler = given.value('fill_with');
  const items = yield* itemsOfSteps(value, run);
  if (count === 0) raise('ZeroDivisionError', 'division by zero');
  run.budget.step(Math.max(0, count));
  const size = Math.floor(items.length / count);
  const more = items.length % count;
  const found = Array.from({ length: Math.max(0, count) }, (_, index) => {
    const start = index * size + Math.min(index, more);
    const part = items.slice(start, start + size + (index < more ? 1 : 0));
    return filler !== undefined && index >= more ? [...part, filler] : part;
  });
  return new Stream(found);
}

const first: Filter = (value, given, run) => {
  bind('first', [], given);
  const none = (): Value => new Undefined('there is no first item');
  if (typeof value === 'string') return orElse(run.marked.characters(value.slice(0, 16))[0], none);
  return orElse(value instanceof Stream ? value.next() : itemsOf(value, run)[0], none);
};

const last: Filter = (value, given, run) => {
  bind('last', [], given);
  if (typeof value === 'string' && value !== '')
    return orElse(run.marked.characters(value.slice(-16)).at(-1), () => itemsOf(value, run).at(-1) ?? null);
  if (lengthOf(value, run) === undefined) raise('TypeError', `a ${typeName(value)} cannot be reversed`);
  return orElse(itemsOf(value, run).at(-1), () => new Undefined('there is no last item'));
};

const length: Filter = (value, given, run) => {
  bind('length', [], given);
  if (typeof value === 'string') return begin(textLength(value, run));
  return lengthOf(value, run) ?? raise('TypeError', `a ${typeName(value)} has no length`);
};

function* textLength(text: string, run: Run): Steps<Value> {
  let count = 0;
  for (const part of run.marked.parts(text)) {
    count += run.marked.length(part);
    run.budget.text(part.length);
    if (run.budget.due()) yield;
  }
  return count;
}

const items: Filter = (value, given) => {
  bind('items', [], given);
  if (value instanceof Undefined) return new Stream([]);
  if (!(value instanceof Dict)) raise('TypeError', `a ${typeName(value)} has no items`);
  return new Stream(new DictView(value, 'items').items());
};

const SORT_ARGUMENTS = ['reverse', 'case_sensitive', 'attribute'];

export const LIST_FILTERS: FilterTable = {
  length,
  count: length,
  first,
  last,
  list: filter('list', [], function* (value, _, run) {
    return [...(yield* itemsOfSteps(value, run))];
  }),
  items,
  sort: filter('sort', SORT_ARGUMENTS, sort),
  dictsort: filter('dictsort', ['case_sensitive', 'by', 'reverse'], dictsort),
  groupby: filter('groupby', ['attribute', 'default', 'case_sensitive'], groupby),
  unique: filter('unique', ['case_sensitive', 'attribute'], unique),
  min: extreme('min', '<'),
  max: extreme('max', '>'),
  sum: filter('sum', ['attribute', 'start'], sum),
  batch: filter('batch', ['linecount', 'fill_with'], batch),
  slice: filter('slice', ['slices', 'fill_with'], slices),
};
