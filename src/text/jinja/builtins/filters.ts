// All filters by name, with the parameters of jinja's filters.

import { raise } from '../errors.ts';
import type { Paused } from '../paused.ts';
import { raiseUnsupported, type UnsupportedFeature } from '../unsupported.ts';
import type { Arguments, RenderState, Value } from '../values/values.ts';
import type { Filter } from './filter-table.ts';
import { LIST_FILTERS } from './list-filters.ts';
import { NUMBER_FILTERS } from './number-filters.ts';
import { SELECT_FILTERS } from './select-filters.ts';
import { STRING_FILTERS } from './string-filters.ts';
import { VALUE_FILTERS } from './value-filters.ts';

const unsupportedFilter =
  (feature: UnsupportedFeature): Filter =>
  () =>
    raiseUnsupported(feature);

const FILTERS: ReadonlyMap<string, Filter> = new Map(
  Object.entries({
    ...LIST_FILTERS,
    ...NUMBER_FILTERS,
    ...SELECT_FILTERS,
    ...STRING_FILTERS,
    ...VALUE_FILTERS,
    pprint: unsupportedFilter('filter pprint'),
    random: unsupportedFilter('filter random'),
    striptags: unsupportedFilter('filter striptags'),
    urlize: unsupportedFilter('filter urlize'),
    wordwrap: unsupportedFilter('filter wordwrap'),
  }),
);

export const hasFilter = (name: string): boolean => FILTERS.has(name);

export function applyFilter(
  name: string,
  value: Value,
  args: Arguments,
  state: RenderState,
): Value | Paused<Value> {
  const filter = FILTERS.get(name);
  if (filter === undefined) raise('SyntaxError', `no filter is named ${name}`);
  state.budget.step();
  return filter(value, args, state);
}
