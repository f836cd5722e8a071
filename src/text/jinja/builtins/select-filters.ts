// `map`, `select`, `reject`, `selectattr` and `rejectattr`, which apply another filter or a test to each item. In Python,
// these filters are generators: they do nothing for a falsy input, and raise their errors on iteration.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { resultOf, runUntilPause } from '../paused.ts';
import { bindArguments } from '../values/arguments.ts';
import { itemsOfSteps } from '../values/iterate.ts';
import { createAttributeGetter } from '../values/members.ts';
import { str } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { type Arguments, OneShotIterator, type RenderState, type Value } from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';

type ItemFunction = (item: Value) => Value | Paused<Value>;

/** Applies a function to each item, passes the result to `select`, and collects the values that are not undefined. */
function* collectItems(
  value: Value,
  createFunction: () => ItemFunction,
  state: RenderState,
  select: (result: Value, item: Value) => Value | undefined,
): Steps<Value> {
  const selectedItems: Value[] = [];
  try {
    if (!isTrue(value)) return new OneShotIterator([]);
    const apply = createFunction();
    for (const item of yield* itemsOfSteps(value, state)) {
      state.budget.step();
      if (state.budget.isPauseDue()) yield;
      const selected = select(yield* resultOf(apply(item)), item);
      if (selected !== undefined) selectedItems.push(selected);
    }
  } catch (error) {
    return new OneShotIterator(selectedItems, 'generator', error);
  }
  return new OneShotIterator(selectedItems);
}

const map: Filter = (value, args, state) =>
  runUntilPause(
    collectItems(
      value,
      () => mapFunction(args, state),
      state,
      (result) => result,
    ),
  );

function mapFunction({ positional, named }: Arguments, state: RenderState): ItemFunction {
  const [name, ...remaining] = positional;
  if (name !== undefined) {
    const filterArguments = { positional: remaining, named };
    return (item) => state.library.applyFilter(state.clean(str(name, state)), item, filterArguments, state);
  }
  const boundArguments = bindArguments('map', ['attribute', 'default'], { positional: [], named });
  return createAttributeGetter(boundArguments.required('attribute'), state, boundArguments.value('default'));
}

/** Creates a filter that selects the items for which a test, of the item or of an attribute, returns `expected`. */
const selectFilter =
  (expected: boolean, byAttribute: boolean): Filter =>
  (value, args, state) => {
    const select = (result: Value, item: Value): Value | undefined =>
      isTrue(result) === expected ? item : undefined;
    return runUntilPause(collectItems(value, () => testFunction(args, byAttribute, state), state, select));
  };

function testFunction(
  { positional, named }: Arguments,
  byAttribute: boolean,
  state: RenderState,
): ItemFunction {
  const [path, ...testAndArguments] = byAttribute ? positional : [null, ...positional];
  if (path === undefined) raise('TypeError', 'the argument attribute is missing');
  const getAttribute = createAttributeGetter(path, state);
  const [test, ...remaining] = testAndArguments;
  if (test === undefined) return getAttribute;
  const name = state.clean(str(test, state));
  return (item) => state.library.runTest(name, getAttribute(item), { positional: remaining, named }, state);
}

export const SELECT_FILTERS: FilterTable = {
  map,
  select: selectFilter(true, false),
  reject: selectFilter(false, false),
  selectattr: selectFilter(true, true),
  rejectattr: selectFilter(false, true),
};
