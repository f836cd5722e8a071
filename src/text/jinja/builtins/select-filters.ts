// `map`, `select`, `reject`, `selectattr` and `rejectattr`, which apply another filter or a test to each item. They are
// generators in Python: they do nothing for a falsy input, and raise their errors on iteration.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { resultOf, runToPause } from '../paused.ts';
import { bind } from '../values/arguments.ts';
import { itemsOfSteps } from '../values/iterate.ts';
import { createAttributeGetter } from '../values/members.ts';
import { str } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { type Arguments, OneShotIterator, type RenderState, type Value } from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';

type Change = (item: Value) => Value | Paused<Value>;

/** Applies a function to the items and keeps the results for which `keep` returns a value. */
function* filterLazily(
  value: Value,
  prepare: () => Change,
  state: RenderState,
  keep: (made: Value, item: Value) => Value | undefined,
): Steps<Value> {
  const made: Value[] = [];
  try {
    if (!isTrue(value)) return new OneShotIterator([]);
    const change = prepare();
    for (const item of yield* itemsOfSteps(value, state)) {
      state.budget.step();
      if (state.budget.isPauseDue()) yield;
      const kept = keep(yield* resultOf(change(item)), item);
      if (kept !== undefined) made.push(kept);
    }
  } catch (error) {
    return new OneShotIterator(made, 'generator', error);
  }
  return new OneShotIterator(made);
}

const map: Filter = (value, given, state) =>
  runToPause(
    filterLazily(
      value,
      () => mapFunction(given, state),
      state,
      (made) => made,
    ),
  );

function mapFunction({ positional, named }: Arguments, state: RenderState): Change {
  const [name, ...others] = positional;
  if (name !== undefined) {
    const rest = { positional: others, named };
    return (item) => state.library.applyFilter(state.clean(str(name, state)), item, rest, state);
  }
  const bound = bind('map', ['attribute', 'default'], { positional: [], named });
  return createAttributeGetter(bound.required('attribute'), state, bound.value('default'));
}

/** Creates a filter that keeps items by a test of the item or of an attribute. */
const selectFilter =
  (wanted: boolean, byAttribute: boolean): Filter =>
  (value, given, state) => {
    const keep = (holds: Value, item: Value): Value | undefined =>
      isTrue(holds) === wanted ? item : undefined;
    return runToPause(filterLazily(value, () => testFunction(given, byAttribute, state), state, keep));
  };

function testFunction({ positional, named }: Arguments, byAttribute: boolean, state: RenderState): Change {
  const [path, ...rest] = byAttribute ? positional : [null, ...positional];
  if (path === undefined) raise('TypeError', 'the argument attribute is missing');
  const get = createAttributeGetter(path, state);
  const [test, ...others] = rest;
  if (test === undefined) return get;
  const name = state.clean(str(test, state));
  return (item) => state.library.runTest(name, get(item), { positional: others, named }, state);
}

export const SELECT_FILTERS: FilterTable = {
  map,
  select: selectFilter(true, false),
  reject: selectFilter(false, false),
  selectattr: selectFilter(true, true),
  rejectattr: selectFilter(false, true),
};
