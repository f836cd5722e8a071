// Filters that take any value: defaults, JSON, attributes.

import { raise } from '../errors.ts';
import { begin } from '../paused.ts';
import { repeated } from '../strings/string-padding.ts';
import { type Bound, bind } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { markupText } from '../values/markup.ts';
import { memberOf } from '../values/members.ts';
import { isTrue } from '../values/truth.ts';
import { isList, isText, orElse, type Run, typeName, Undefined, type Value } from '../values/values.ts';
import type { FilterTable } from './filter-table.ts';
import { type JsonForm, toJson } from './json.ts';

function fallback(value: Value, given: Bound): Value {
  const missing = value instanceof Undefined || (given.flag('boolean') && !isTrue(value));
  return missing ? given.given('default_value', '') : value;
}

function jsonForm(given: Bound, run: Run): JsonForm {
  const indent = given.value('indent');
  const indentText =
    indent === undefined ? undefined : isText(indent) ? markupText(indent) : spaces(given, run);
  const plain: [string, string] = [indentText === undefined ? ', ' : ',', ': '];
  return {
    ascii: given.flag('ensure_ascii'),
    indent: indentText,
    separators: separators(given.value('separators'), run) ?? plain,
    sortKeys: given.flag('sort_keys'),
  };
}

const spaces = (given: Bound, run: Run): string => repeated(' ', given.whole('indent') ?? 0, run);

function separators(value: Value | undefined, run: Run): [string, string] | undefined {
  if (value === undefined) return undefined;
  const [item, key, ...more] = isList(value) ? itemsOf(value, run) : [];
  if (item === undefined || key === undefined || more.length > 0 || !isText(item) || !isText(key))
    raise('ValueError', `tojson: separators are two texts, not a ${typeName(value)}`);
  return [markupText(item), markupText(key)];
}

const JSON_ARGUMENTS = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];

export const VALUE_FILTERS: FilterTable = {
  default: (value, given) => fallback(value, bind('default', ['default_value', 'boolean'], given)),
  d: (value, given) => fallback(value, bind('d', ['default_value', 'boolean'], given)),
  tojson: (value, given, run) =>
    begin(toJson(value, jsonForm(bind('tojson', JSON_ARGUMENTS, given), run), run)),
  attr: (value, given, run) => {
    const name = run.clean(bind('attr', ['name'], given).requiredText('name'));
    const missing = (): Value => new Undefined(`a ${typeName(value)} has no attribute ${name}`);
    return orElse(memberOf(value, name, run), missing);
  },
};
