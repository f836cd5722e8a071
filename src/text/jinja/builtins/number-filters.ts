// Filters that give numbers, or take them.

import { except, raise } from '../errors.ts';
import { type Bound, bind } from '../values/arguments.ts';
import { fixed, roundedHalfEven, roundFloat } from '../values/decimals.ts';
import { markupText } from '../values/markup.ts';
import {
  calculate,
  compareNumbers,
  float,
  floatText,
  int,
  isNumeric,
  type Numeric,
  negated,
} from '../values/numbers.ts';
import { parseFloatText, parseInteger } from '../values/parse-number.ts';
import {
  Float,
  type Int,
  isInt,
  isText,
  type Run,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import type { FilterTable } from './filter-table.ts';

function numeric(name: string, value: Value): Numeric {
  if (value instanceof Undefined) value.raise();
  if (isNumeric(value)) return value;
  raise('TypeError', `${name} takes a number, not a ${typeName(value)}`);
}

function absolute(value: Numeric): Value {
  const negative = (compareNumbers(value, 0) ?? 0) < 0;
  if (value instanceof Float) return new Float(Math.abs(value.value));
  return negative ? negated(value) : typeof value === 'boolean' ? Number(value) : value;
}

/** A float without what stands after its point. */
function whole(value: number): Int {
  if (!Number.isFinite(value))
    raise(Number.isNaN(value) ? 'ValueError' : 'OverflowError', 'no int is so large');
  return int(BigInt(Math.trunc(value)));
}

function toInt(value: Value, given: Bound, run: Run): Value {
  const fallback = given.given('default', 0);
  const base = given.whole('base') ?? 10;
  if (value instanceof Undefined) value.raise();
  const text = isText(value) ? run.clean(markupText(value)) : undefined;
  const read = text === undefined ? undefined : parseInteger(text, base);
  if (read !== undefined) return read;
  if (isInt(value)) return value;
  if (typeof value === 'boolean') return Number(value);
  // An infinite float is an error that the filter does not catch; in a text it is caught.
  if (value instanceof Float && Math.abs(value.value) === Number.POSITIVE_INFINITY) return fallback;
  const number = value instanceof Float ? value.value : text === undefined ? undefined : parseFloatText(text);
  if (number === undefined) return fallback;
  return except(['ValueError', 'OverflowError'], () => whole(number)) ?? fallback;
}

function toFloat(value: Value, given: Bound, run: Run): Value {
  if (value instanceof Undefined) value.raise();
  const read = isText(value) ? parseFloatText(run.clean(markupText(value))) : undefined;
  if (read !== undefined) return new Float(read);
  if (isNumeric(value)) return new Float(float(value));
  return given.given('default', new Float(0));
}

function rounded(value: Value, given: Bound): Value {
  const method = given.text('method') ?? 'common';
  const precision = given.whole('precision') ?? 0;
  if (!['common', 'ceil', 'floor'].includes(method))
    raise('ValueError', 'round: method is common, ceil or floor');
  const number = numeric('round', value);
  if (method !== 'common') {
    const factor = calculate('**', 10, precision) as Numeric;
    const scaled = calculate('*', number, factor) as Numeric;
    const exact = scaled instanceof Float ? scaled.value : undefined;
    const cut =
      exact === undefined ? scaled : whole(method === 'ceil' ? Math.ceil(exact) : Math.floor(exact));
    return calculate('/', cut as Numeric, factor);
  }
  if (number instanceof Float) return new Float(roundFloat(number.value, precision));
  const amount = BigInt(number);
  if (precision >= 0) return int(amount);
  if (precision < -1000) return 0;
  const unit = 10n ** BigInt(-precision);
  const size = roundedHalfEven(amount < 0n ? -amount : amount, unit) * unit;
  return int(amount < 0n ? -size : size);
}

function fileSize(value: Value, given: Bound, run: Run): string {
  const text = isText(value) ? parseFloatText(run.clean(markupText(value))) : undefined;
  if (isText(value) && text === undefined) raise('ValueError', 'filesizeformat takes a number');
  const bytes = text ?? float(numeric('filesizeformat', value));
  const binary = given.flag('binary');
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const letters = binary ? 'KMGTPEZY' : 'kMGTPEZY';
  let at = 0;
  while (at < letters.length - 1 && bytes >= base ** (at + 2)) at++;
  const amount = (base * bytes) / base ** (at + 2);
  return `${Number.isFinite(amount) ? fixed(amount, 1) : floatText(amount)} ${letters.charAt(at)}${binary ? 'iB' : 'B'}`;
}

export const NUMBER_FILTERS: FilterTable = {
  abs: (value, given) => {
    bind('abs', [], given);
    return absolute(numeric('abs', value));
  },
  int: (value, given, run) => toInt(value, bind('int', ['default', 'base'], given), run),
  float: (value, given, run) => toFloat(value, bind('float', ['default'], given), run),
  round: (value, given) => rounded(value, bind('round', ['precision', 'method'], given)),
  filesizeformat: (value, given, run) => fileSize(value, bind('filesizeformat', ['binary'], given), run),
};
