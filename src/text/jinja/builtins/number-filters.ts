// Filters that return or accept numbers.

import { catchKinds, raise } from '../errors.ts';
import { type BoundArguments, bindArguments } from '../values/arguments.ts';
import { divideHalfEven, roundFloat, toFixedExact } from '../values/decimals.ts';
import { stringOf } from '../values/markup.ts';
import {
  calculate,
  compareNumbers,
  formatFloatRepr,
  isNumeric,
  type Numeric,
  negate,
  normalizeInt,
  toFloat,
} from '../values/numbers.ts';
import { parseFloatString, parseInteger } from '../values/parse-number.ts';
import {
  Float,
  type Int,
  isInt,
  isString,
  type RenderState,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { FilterTable } from './filter-table.ts';

function requireNumber(name: string, value: Value): Numeric {
  if (value instanceof Undefined) value.raise();
  if (isNumeric(value)) return value;
  raise('TypeError', `${name} needs a number, got a ${typeName(value)}`);
}

function absoluteValue(value: Numeric): Value {
  const isNegative = (compareNumbers(value, 0) ?? 0) < 0;
  if (value instanceof Float) return new Float(Math.abs(value.value));
  return isNegative ? negate(value) : typeof value === 'boolean' ? Number(value) : value;
}

/** Truncates a float to an int. */
function truncateToInt(value: number): Int {
  if (!Number.isFinite(value))
    raise(
      Number.isNaN(value) ? 'ValueError' : 'OverflowError',
      'cannot convert an infinite or NaN float to an int',
    );
  return normalizeInt(BigInt(Math.trunc(value)));
}

function toInt(value: Value, args: BoundArguments, state: RenderState): Value {
  const fallback = args.argument('default', 0);
  const base = args.integer('base') ?? 10;
  if (value instanceof Undefined) value.raise();
  const text = isString(value) ? state.clean(stringOf(value)) : undefined;
  const parsed = text === undefined ? undefined : parseInteger(text, base);
  if (parsed !== undefined) return parsed;
  if (isInt(value)) return value;
  if (typeof value === 'boolean') return Number(value);
  // Python cannot convert an infinite float, so the filter returns the default.
  if (value instanceof Float && Math.abs(value.value) === Number.POSITIVE_INFINITY) return fallback;
  const number =
    value instanceof Float ? value.value : text === undefined ? undefined : parseFloatString(text);
  if (number === undefined) return fallback;
  return catchKinds(['ValueError', 'OverflowError'], () => truncateToInt(number)) ?? fallback;
}

function floatFilter(value: Value, args: BoundArguments, state: RenderState): Value {
  if (value instanceof Undefined) value.raise();
  const parsed = isString(value) ? parseFloatString(state.clean(stringOf(value))) : undefined;
  if (parsed !== undefined) return new Float(parsed);
  if (isNumeric(value)) return new Float(toFloat(value));
  return args.argument('default', new Float(0));
}

function round(value: Value, args: BoundArguments): Value {
  const method = args.string('method') ?? 'common';
  const precision = args.integer('precision') ?? 0;
  if (!['common', 'ceil', 'floor'].includes(method))
    raise('ValueError', 'round: method must be common, ceil or floor');
  const number = requireNumber('round', value);
  if (method !== 'common') {
    const factor = calculate('**', 10, precision) as Numeric;
    const scaled = calculate('*', number, factor) as Numeric;
    const scaledFloat = scaled instanceof Float ? scaled.value : undefined;
    const rounded =
      scaledFloat === undefined
        ? scaled
        : truncateToInt(method === 'ceil' ? Math.ceil(scaledFloat) : Math.floor(scaledFloat));
    return calculate('/', rounded as Numeric, factor);
  }
  if (number instanceof Float) return new Float(roundFloat(number.value, precision));
  const integer = BigInt(number);
  if (precision >= 0) return normalizeInt(integer);
  if (precision < -1000) return 0;
  const unit = 10n ** BigInt(-precision);
  const magnitude = divideHalfEven(integer < 0n ? -integer : integer, unit) * unit;
  return normalizeInt(integer < 0n ? -magnitude : magnitude);
}

function fileSize(value: Value, args: BoundArguments, state: RenderState): string {
  const text = isString(value) ? parseFloatString(state.clean(stringOf(value))) : undefined;
  if (isString(value) && text === undefined) raise('ValueError', 'filesizeformat needs a number');
  const bytes = text ?? toFloat(requireNumber('filesizeformat', value));
  const isBinary = args.flag('binary');
  const base = isBinary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const unitLetters = isBinary ? 'KMGTPEZY' : 'kMGTPEZY';
  let unitIndex = 0;
  while (unitIndex < unitLetters.length - 1 && bytes >= base ** (unitIndex + 2)) unitIndex++;
  const amount = (base * bytes) / base ** (unitIndex + 2);
  return `${Number.isFinite(amount) ? toFixedExact(amount, 1) : formatFloatRepr(amount)} ${unitLetters.charAt(unitIndex)}${isBinary ? 'iB' : 'B'}`;
}

export const NUMBER_FILTERS: FilterTable = {
  abs: (value, args) => {
    bindArguments('abs', [], args);
    return absoluteValue(requireNumber('abs', value));
  },
  int: (value, args, state) => toInt(value, bindArguments('int', ['default', 'base'], args), state),
  float: (value, args, state) => floatFilter(value, bindArguments('float', ['default'], args), state),
  round: (value, args) => round(value, bindArguments('round', ['precision', 'method'], args)),
  filesizeformat: (value, args, state) =>
    fileSize(value, bindArguments('filesizeformat', ['binary'], args), state),
};
