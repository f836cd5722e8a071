// `map`, `select`, `reject` and the two that look at an attribute: they run another filter, or a test, on each item.
// As generators in Python they do nothing where their input counts as false, and raise where they are gone through.

import type { Steps } from '../../../base/steps.ts';
import { raise } from '../errors.ts';
import type { Later } from '../paused.ts';
import { begin, settled } from '../paused.ts';
import { bind } from '../values/arguments.ts';
import { itemsOfSteps } from '../values/iterate.ts';
import { attributeGetter } from '../values/members.ts';
import { str } from '../values/str.ts';
import { isTrue } from '../values/truth.ts';
import { type Arguments, type Run, Stream, type Value } from '../values/values.ts';
import type { Filter, FilterTable } from './filter-table.ts';

type Change = (item: Value) => Value | Later<Value>;

/** A stream of what `each` makes of the items; what it gives undefined for is left out. */
function* streamed(
  value: Value,
  prepare: () => Change,
  run: Run,
  keep: (made: Value, item: Value) => Value | undefined,
): Steps<Value> {
  const made: Value[] = [];
  try {
    if (!isTrue(value)) return new Stream([]);
    const change = prepare();
    for (const item of yield* itemsOfSteps(value, run)) {
      run.budget.step();
      if (run.budget.due()) yield;
      const kept = keep(yield* settled(change(item)), item);
      if (kept !== undefined) made.push(kept);
    }
  } catch (error) {
    return new Stream(made, 'generator', error);
  }
  return new Stream(made);
}

const map: Filter = (value, given, run) =>
  begin(
    streamed(
      value,
      () => mapping(given, run),
      run,
      (made) => made,
    ),
  );

function mapping({ positional, named }: Arguments, run: Run): Change {
  const [name, ...others] = positional;
  if (name !== undefined) {
    const rest = { positional: others, named };
    return (item) => run.library.applyFilter(run.clean(str(name, run)), item, rest, run);
  }
  const bound = bind('map', ['attribute', 'default'], { positional: [], named });
  return attributeGetter(bound.required('attribute'), run, bound.value('default'));
}

/** Keeps the items for which a test holds, or does not: the items themselves, or an attribute of each. */
const choose =
  (wanted: boolean, byAttribute: boolean): Filter =>
  (value, given, run) => {
    const keep = (holds: Value, item: Value): Value | undefined =>
      isTrue(holds) === wanted ? item : undefined;
    return begin(streamed(value, () => testing(given, byAttribute, run), run, keep));
  };

function testing({ positional, named }: Arguments, byAttribute: boolean, run: Run): Change {
  const [path, ...rest] = byAttribute ? positional : [null, ...positional];
  if (path === undefined) raise('TypeError', 'the name of an attribute is missing');
  const get = attributeGetter(path, run);
  const [test, ...others] = rest;
  if (test === undefined) return get;
  const name = run.clean(str(test, run));
  return (item) => run.library.runTest(name, get(item), { positional: others, named }, run);
}

export const PICKING_FILTERS: FilterTable = {
  map,
  select: choose(true, false),
  reject: choose(false, false),
  selectattr: choose(true, true),
  rejectattr: choose(false, true),
};
