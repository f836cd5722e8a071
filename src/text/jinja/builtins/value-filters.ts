// Filters on any value: defaults, JSON, attributes.

import { raise } from '../errors.ts';
import { runToPause } from '../paused.ts';
import { repeat } from '../strings/string-padding.ts';
import { type BoundArguments, bind } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { memberOf } from '../values/members.ts';
import { isTrue } from '../values/truth.ts';
import {
  isList,
  isString,
  orElse,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { FilterTable } from './filter-table.ts';
import { type JsonOptions, toJson } from './json.ts';

function defaultValue(value: Value, given: BoundArguments): Value {
  const missing = value instanceof Undefined || (given.flag('boolean') && !isTrue(value));
  return missing ? given.given('default_value', '') : value;
}

function jsonOptions(given: BoundArguments, state: RenderState): JsonOptions {
  const indent = given.value('indent');
  const indentText =
    indent === undefined ? undefined : isString(indent) ? stringOf(indent) : spaces(given, state);
  const plain: [string, string] = [indentText === undefined ? ', ' : ',', ': '];
  return {
    ascii: given.flag('ensure_ascii'),
    indent: indentText,
    separators: separators(given.value('separators'), state) ?? plain,
    sortKeys: given.flag('sort_keys'),
  };
}

const spaces = (given: BoundArguments, state: RenderState): string =>
  repeat(' ', given.integer('indent') ?? 0, state);

function separators(value: Value | undefined, state: RenderState): [string, string] | undefined {
  if (value === undefined) return undefined;
  const [item, key, ...more] = isList(value) ? itemsOf(value, state) : [];
  if (item === undefined || key === undefined || more.length > 0 || !isString(item) || !isString(key))
    raise('ValueError', `tojson: separators must be two strings, got a ${typeName(value)}`);
  return [stringOf(item), stringOf(key)];
}

const JSON_ARGUMENTS = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];

export const VALUE_FILTERS: FilterTable = {
  default: (value, given) => defaultValue(value, bind('default', ['default_value', 'boolean'], given)),
  d: (value, given) => defaultValue(value, bind('d', ['default_value', 'boolean'], given)),
  tojson: (value, given, state) =>
    runToPause(toJson(value, jsonOptions(bind('tojson', JSON_ARGUMENTS, given), state), state)),
  attr: (value, given, state) => {
    const name = state.clean(bind('attr', ['name'], given).requiredString('name'));
    const missing = (): Value => new Undefined(`a ${typeName(value)} has no attribute ${name}`);
    return orElse(memberOf(value, name, state), missing);
  },
};
