// Jinja's filters by their names. Each has the arguments that Python's has, in the same order.

import { raise } from '../errors.ts';
import type { Later } from '../paused.ts';
import { type Refused, refused } from '../unsupported.ts';
import type { Arguments, Run, Value } from '../values/values.ts';
import type { Filter } from './filter-table.ts';
import { LIST_FILTERS } from './list-filters.ts';
import { NUMBER_FILTERS } from './number-filters.ts';
import { PICKING_FILTERS } from './select-filters.ts';
import { TEXT_FILTERS } from './string-filters.ts';
import { VALUE_FILTERS } from './value-filters.ts';

const never =
  (what: Refused): Filter =>
  () =>
    refused(what);

const FILTERS: ReadonlyMap<string, Filter> = new Map(
  Object.entries({
    ...LIST_FILTERS,
    ...NUMBER_FILTERS,
    ...PICKING_FILTERS,
    ...TEXT_FILTERS,
    ...VALUE_FILTERS,
    pprint: never('filter pprint'),
    random: never('filter random'),
    striptags: never('filter striptags'),
    urlize: never('filter urlize'),
    wordwrap: never('filter wordwrap'),
  }),
);

export const hasFilter = (name: string): boolean => FILTERS.has(name);

export function applyFilter(name: string, value: Value, given: Arguments, run: Run): Value | Later<Value> {
  const filter = FILTERS.get(name);
  if (filter === undefined) raise('SyntaxError', `no filter is named ${name}`);
  run.budget.step();
  return filter(value, given, run);
}
