// Numbers and texts in the forms that `str.format` asks for: `{:>10,.2f}`. The grammar is Python's "format
// specification mini-language".

import { trimEndOf } from '../../../base/trim-end.ts';
import { raise } from '../errors.ts';
import { fixed, significant } from '../values/decimals.ts';
import { digitsOf, float, floatText, type Numeric } from '../values/numbers.ts';
import { Float, type Int, type Run } from '../values/values.ts';
import { repeated } from './string-padding.ts';

export interface FormatSpec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  /** zeros fill up a number after its sign */
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ]?)(z?)(#?)(0?)([0-9]*)([,_]?)(?:\.([0-9]+))?([a-zA-Z%]?)$/su;
const MAX_PRECISION = 1000;

export function parseSpec(text: string): FormatSpec {
  const found = SPEC.exec(text);
  if (found === null) return raise('ValueError', `${JSON.stringify(text)} is no format`);
  const [, fill, align, sign = '', noZero, hash, zero, width = '', grouping = '', precision, type = ''] =
    found;
  if (noZero !== '') return raise('ValueError', 'z is for floats of later versions');
  const places = precision === undefined ? undefined : Number(precision);
  if (places !== undefined && places > MAX_PRECISION) raise('ValueError', 'the precision is too large');
  return {
    fill: fill ?? (zero === '0' ? '0' : ' '),
    align: align ?? '',
    zero: zero === '0',
    sign,
    alternate: hash === '#',
    width: Number(width),
    grouping,
    precision: places,
    type,
  };
}

export function formatPlain(text: string, spec: FormatSpec, run: Run): string {
  const { type, sign, alternate, grouping, precision } = spec;
  if ((type !== '' && type !== 's') || sign !== '' || alternate || grouping !== '' || spec.align === '=')
    raise('ValueError', 'a text has no such format');
  const characters =
    precision === undefined ? text : run.marked.characters(text).slice(0, precision).join('');
  return aligned('', characters, spec, '<', run);
}

export function formatNumber(value: Numeric, spec: FormatSpec, run: Run): string {
  if (value instanceof Float) return formatFloat(value.value, spec, run);
  const { type } = spec;
  if (type !== '' && 'eEfFgG%'.includes(type)) return formatFloat(float(value), spec, run);
  if (typeof value === 'boolean') return formatInt(Number(value), spec, run);
  return formatInt(value, spec, run);
}

const BASES: Readonly<Record<string, number>> = { '': 10, d: 10, n: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInt(value: Int, spec: FormatSpec, run: Run): string {
  const { type, grouping } = spec;
  if (spec.precision !== undefined) raise('ValueError', 'an int has no precision');
  if (type === 'c') {
    if (spec.sign !== '' || spec.alternate || grouping !== '')
      raise('ValueError', 'a character has no sign, no alternate form and no groups');
    if (value < 0 || value > 0x10ffff) raise('OverflowError', 'no character has that number');
    return aligned('', String.fromCodePoint(Number(value)), spec, '<', run);
  }
  const base = BASES[type];
  if (base === undefined || (grouping === ',' && base !== 10) || (grouping !== '' && type === 'n'))
    return raise('ValueError', `an int has no format ${type}`);
  const negative = value < 0;
  const digits = digitsOf(negative ? -BigInt(value) : BigInt(value), base, run.budget);
  const prefix = spec.alternate && base !== 10 ? `0${type}` : '';
  const written = type === 'X' ? digits.toUpperCase() : digits;
  return finished(negative, prefix, written, '', spec, base === 10 ? 3 : 4, run);
}

function formatFloat(value: number, spec: FormatSpec, run: Run): string {
  const { type } = spec;
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) {
    const name = floatText(Math.abs(value));
    const upper = type !== '' && type === type.toUpperCase() && type !== '%';
    return finished(
      negative,
      '',
      (upper ? name.toUpperCase() : name) + (type === '%' ? '%' : ''),
      '',
      spec,
      0,
      run,
    );
  }
  const [whole = '', rest = ''] = splitWhole(floatDigits(Math.abs(value), spec));
  return finished(negative, '', whole, rest, spec, 3, run);
}

function splitWhole(text: string): string[] {
  const [whole = text] = /^\d+/.exec(text) ?? [];
  return [whole, text.slice(whole.length)];
}

function floatDigits(value: number, { type, precision, alternate }: FormatSpec): string {
  switch (type) {
    case 'f':
    case 'F':
      return pointed(fixed(value, precision ?? 6), alternate);
    case '%':
      return `${pointed(fixed(value * 100, precision ?? 6), alternate)}%`;
    case 'e':
    case 'E':
      return withExponent(value, precision ?? 6, type, alternate);
    case 'g':
    case 'G':
    case 'n':
      return general(value, precision ?? 6, type === 'G' ? 'E' : 'e', alternate, false);
    case '':
      return precision === undefined ? floatText(value) : general(value, precision, 'e', alternate, true);
    default:
      return raise('ValueError', `a float has no format ${type}`);
  }
}

const pointed = (text: string, alternate: boolean): string =>
  alternate && !text.includes('.') ? `${text}.` : text;

export function withExponent(value: number, precision: number, letter: string, alternate: boolean): string {
  const { digits, exponent } = significant(value, precision + 1);
  const mantissa = precision === 0 ? digits : `${digits.charAt(0)}.${digits.slice(1)}`;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${pointed(mantissa, alternate)}${letter}${exponent < 0 ? '-' : '+'}${size}`;
}

/** As `%g`; with `keepsPoint` as `str` would end a whole number, ".0". */
export function general(
  value: number,
  wanted: number,
  letter: string,
  alternate: boolean,
  keepsPoint: boolean,
): string {
  const precision = Math.max(1, wanted);
  const { digits, exponent } = significant(value, precision);
  const limit = keepsPoint ? precision - 1 : precision;
  if (exponent < -4 || exponent >= limit) {
    const text = withExponent(value, precision - 1, letter, alternate);
    if (alternate) return text;
    const end = text.indexOf(letter);
    return withoutZeros(text.slice(0, end)) + text.slice(end);
  }
  const whole = exponent < 0 ? `0.${'0'.repeat(-exponent - 1)}${digits}` : insertPoint(digits, exponent + 1);
  if (alternate) return pointed(whole, true);
  const short = withoutZeros(whole);
  return keepsPoint && !short.includes('.') ? `${short}.0` : short;
}

// Those behind a point, and the point where nothing follows it.
const withoutZeros = (digits: string): string =>
  digits.includes('.') ? trimEndOf(trimEndOf(digits, '0'), '.') : digits;

const insertPoint = (digits: string, at: number): string =>
  digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;

function finished(
  negative: boolean,
  prefix: string,
  whole: string,
  rest: string,
  spec: FormatSpec,
  group: number,
  run: Run,
): string {
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const before = sign + prefix;
  const separator = group === 0 ? '' : spec.grouping;
  // Zeros that fill up are grouped like digits.
  const zeros =
    spec.fill === '0' && (spec.align === '=' || (spec.align === '' && spec.zero))
      ? spec.width - before.length - rest.length
      : 0;
  const usual = spec.zero ? '=' : '>';
  return aligned(before, grouped(whole, separator, group, zeros, run) + rest, spec, usual, run);
}

function grouped(digits: string, separator: string, group: number, least: number, run: Run): string {
  if (separator === '') return digits;
  const lengthOf = (count: number): number => count + Math.floor((count - 1) / group);
  let count = digits.length;
  run.budget.text(Math.max(0, least));
  while (lengthOf(count) < least) count++;
  const padded = digits.padStart(count, '0');
  const groups: string[] = [];
  for (let end = padded.length; end > 0; end -= group)
    groups.unshift(padded.slice(Math.max(0, end - group), end));
  return groups.join(separator);
}

function aligned(before: string, text: string, spec: FormatSpec, usual: string, run: Run): string {
  const missing = spec.width - run.marked.length(before) - run.marked.length(text);
  if (missing <= 0) return before + text;
  const fill = (count: number): string => repeated(spec.fill, count, run);
  switch (spec.align || usual) {
    case '<':
      return before + text + fill(missing);
    case '=':
      return before + fill(missing) + text;
    case '^':
      return fill(missing >> 1) + before + text + fill(missing - (missing >> 1));
    default:
      return fill(missing) + before + text;
  }
}
