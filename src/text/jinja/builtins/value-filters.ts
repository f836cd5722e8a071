// Filters that accept any value: `default`, `tojson` and `attr`.

import { raise } from '../errors.ts';
import { runUntilPause } from '../paused.ts';
import { repeat } from '../strings/string-padding.ts';
import { type BoundArguments, bindArguments } from '../values/arguments.ts';
import { itemsOf } from '../values/iterate.ts';
import { stringOf } from '../values/markup.ts';
import { memberOf } from '../values/members.ts';
import { isTrue } from '../values/truth.ts';
import {
  defaultIfUndefined,
  isList,
  isString,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { FilterTable } from './filter-table.ts';
import { type JsonOptions, toJson } from './json.ts';

function defaultValue(value: Value, args: BoundArguments): Value {
  const isMissing = value instanceof Undefined || (args.flag('boolean') && !isTrue(value));
  return isMissing ? args.argument('default_value', '') : value;
}

function jsonOptions(args: BoundArguments, state: RenderState): JsonOptions {
  const indent = args.value('indent');
  const indentText =
    indent === undefined ? undefined : isString(indent) ? stringOf(indent) : indentSpaces(args, state);
  const defaultSeparators: [string, string] = [indentText === undefined ? ', ' : ',', ': '];
  return {
    ascii: args.flag('ensure_ascii'),
    indent: indentText,
    separators: readSeparators(args.value('separators'), state) ?? defaultSeparators,
    sortKeys: args.flag('sort_keys'),
  };
}

const indentSpaces = (args: BoundArguments, state: RenderState): string =>
  repeat(' ', args.integer('indent') ?? 0, state);

function readSeparators(value: Value | undefined, state: RenderState): [string, string] | undefined {
  if (value === undefined) return undefined;
  const [item, key, ...extra] = isList(value) ? itemsOf(value, state) : [];
  if (item === undefined || key === undefined || extra.length > 0 || !isString(item) || !isString(key))
    raise('ValueError', `tojson: separators must be two strings, got a ${typeName(value)}`);
  return [stringOf(item), stringOf(key)];
}

const JSON_ARGUMENTS = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];

export const VALUE_FILTERS: FilterTable = {
  default: (value, args) => defaultValue(value, bindArguments('default', ['default_value', 'boolean'], args)),
  d: (value, args) => defaultValue(value, bindArguments('d', ['default_value', 'boolean'], args)),
  tojson: (value, args, state) =>
    runUntilPause(toJson(value, jsonOptions(bindArguments('tojson', JSON_ARGUMENTS, args), state), state)),
  attr: (value, args, state) => {
    const name = state.clean(bindArguments('attr', ['name'], args).requiredString('name'));
    const createUndefined = (): Value => new Undefined(`a ${typeName(value)} has no attribute ${name}`);
    return defaultIfUndefined(memberOf(value, name, state), createUndefined);
  },
};
