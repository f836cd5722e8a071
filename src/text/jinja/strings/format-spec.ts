// Formats numbers and strings by a specification in Python's format specification mini-language, for example `>10,.2f`.

import { trimEndOf } from '../../../base/trim-end.ts';
import { raise } from '../errors.ts';
import { significantDigits, toFixedExact } from '../values/decimals.ts';
import { digitsOf, formatFloatRepr, type Numeric, toFloat } from '../values/numbers.ts';
import { Float, type Int, type RenderState } from '../values/values.ts';
import { repeat } from './string-padding.ts';

export interface FormatSpec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  /** whether a number is padded with zeros after its sign */
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ]?)(z?)(#?)(0?)([0-9]*)([,_]?)(?:\.([0-9]+))?([a-zA-Z%]?)$/su;
const MAX_PRECISION = 1000;

export function parseSpec(text: string): FormatSpec {
  const match = SPEC.exec(text);
  if (match === null) return raise('ValueError', `${JSON.stringify(text)} is not a format specification`);
  const [, fill, align, sign = '', noZero, hash, zero, width = '', grouping = '', precisionText, type = ''] =
    match;
  if (noZero !== '') return raise('ValueError', 'the option z is not supported');
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  if (precision !== undefined && precision > MAX_PRECISION) raise('ValueError', 'the precision is too large');
  return {
    fill: fill ?? (zero === '0' ? '0' : ' '),
    align: align ?? '',
    zero: zero === '0',
    sign,
    alternate: hash === '#',
    width: Number(width),
    grouping,
    precision,
    type,
  };
}

export function formatString(text: string, spec: FormatSpec, state: RenderState): string {
  const { type, sign, alternate, grouping, precision } = spec;
  if ((type !== '' && type !== 's') || sign !== '' || alternate || grouping !== '' || spec.align === '=')
    raise('ValueError', 'the format specification is not valid for a string');
  const characters =
    precision === undefined ? text : state.markedStrings.characters(text).slice(0, precision).join('');
  return align('', characters, spec, '<', state);
}

export function formatNumber(value: Numeric, spec: FormatSpec, state: RenderState): string {
  if (value instanceof Float) return formatFloat(value.value, spec, state);
  const { type } = spec;
  if (type !== '' && 'eEfFgG%'.includes(type)) return formatFloat(toFloat(value), spec, state);
  if (typeof value === 'boolean') return formatInt(Number(value), spec, state);
  return formatInt(value, spec, state);
}

const BASES: Readonly<Record<string, number>> = { '': 10, d: 10, n: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInt(value: Int, spec: FormatSpec, state: RenderState): string {
  const { type, grouping } = spec;
  if (spec.precision !== undefined) raise('ValueError', 'the precision is not allowed for an int');
  if (type === 'c') {
    if (spec.sign !== '' || spec.alternate || grouping !== '')
      raise('ValueError', 'sign, # and grouping are not allowed with c');
    if (value < 0 || value > 0x10ffff) raise('OverflowError', 'the code point of c is out of range');
    return align('', String.fromCodePoint(Number(value)), spec, '<', state);
  }
  const base = BASES[type];
  if (base === undefined || (grouping === ',' && base !== 10) || (grouping !== '' && type === 'n'))
    return raise('ValueError', `unknown format code ${type} for an int`);
  const isNegative = value < 0;
  const digits = digitsOf(isNegative ? -BigInt(value) : BigInt(value), base, state.budget);
  const prefix = spec.alternate && base !== 10 ? `0${type}` : '';
  const casedDigits = type === 'X' ? digits.toUpperCase() : digits;
  return padNumber(isNegative, prefix, casedDigits, '', spec, base === 10 ? 3 : 4, state);
}

function formatFloat(value: number, spec: FormatSpec, state: RenderState): string {
  const { type } = spec;
  const isNegative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) {
    const name = formatFloatRepr(Math.abs(value));
    const upper = type !== '' && type === type.toUpperCase() && type !== '%';
    return padNumber(
      isNegative,
      '',
      (upper ? name.toUpperCase() : name) + (type === '%' ? '%' : ''),
      '',
      spec,
      0,
      state,
    );
  }
  const [integerPart = '', suffix = ''] = splitIntegerPart(floatDigits(Math.abs(value), spec));
  return padNumber(isNegative, '', integerPart, suffix, spec, 3, state);
}

function splitIntegerPart(text: string): string[] {
  const [integerPart = text] = /^\d+/.exec(text) ?? [];
  return [integerPart, text.slice(integerPart.length)];
}

function floatDigits(value: number, { type, precision, alternate }: FormatSpec): string {
  switch (type) {
    case 'f':
    case 'F':
      return ensurePoint(toFixedExact(value, precision ?? 6), alternate);
    case '%':
      return `${ensurePoint(toFixedExact(value * 100, precision ?? 6), alternate)}%`;
    case 'e':
    case 'E':
      return formatExponent(value, precision ?? 6, type, alternate);
    case 'g':
    case 'G':
    case 'n':
      return formatGeneral(value, precision ?? 6, type === 'G' ? 'E' : 'e', alternate, false);
    case '':
      return precision === undefined
        ? formatFloatRepr(value)
        : formatGeneral(value, precision, 'e', alternate, true);
    default:
      return raise('ValueError', `unknown format code ${type} for a float`);
  }
}

const ensurePoint = (text: string, alternate: boolean): string =>
  alternate && !text.includes('.') ? `${text}.` : text;

export function formatExponent(value: number, precision: number, letter: string, alternate: boolean): string {
  const { digits, exponent } = significantDigits(value, precision + 1);
  const mantissa = precision === 0 ? digits : `${digits.charAt(0)}.${digits.slice(1)}`;
  const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
  return `${ensurePoint(mantissa, alternate)}${letter}${exponent < 0 ? '-' : '+'}${exponentDigits}`;
}

/** Formats like `%g`; with `keepPoint`, integers end in ".0" as in `str`. */
export function formatGeneral(
  value: number,
  requestedPrecision: number,
  letter: string,
  alternate: boolean,
  keepPoint: boolean,
): string {
  const precision = Math.max(1, requestedPrecision);
  const { digits, exponent } = significantDigits(value, precision);
  const limit = keepPoint ? precision - 1 : precision;
  if (exponent < -4 || exponent >= limit) {
    const text = formatExponent(value, precision - 1, letter, alternate);
    if (alternate) return text;
    const end = text.indexOf(letter);
    return trimZeros(text.slice(0, end)) + text.slice(end);
  }
  const untrimmed =
    exponent < 0 ? `0.${'0'.repeat(-exponent - 1)}${digits}` : insertPoint(digits, exponent + 1);
  if (alternate) return ensurePoint(untrimmed, true);
  const trimmed = trimZeros(untrimmed);
  return keepPoint && !trimmed.includes('.') ? `${trimmed}.0` : trimmed;
}

// Removes trailing zeros after the point, and the point if nothing follows it.
const trimZeros = (digits: string): string =>
  digits.includes('.') ? trimEndOf(trimEndOf(digits, '0'), '.') : digits;

const insertPoint = (digits: string, at: number): string =>
  digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;

function padNumber(
  isNegative: boolean,
  prefix: string,
  integerPart: string,
  suffix: string,
  spec: FormatSpec,
  groupSize: number,
  state: RenderState,
): string {
  const sign = isNegative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const signAndPrefix = sign + prefix;
  const separator = groupSize === 0 ? '' : spec.grouping;
  // Padding zeros are grouped like digits.
  const zeros =
    spec.fill === '0' && (spec.align === '=' || (spec.align === '' && spec.zero))
      ? spec.width - signAndPrefix.length - suffix.length
      : 0;
  const defaultAlign = spec.zero ? '=' : '>';
  return align(
    signAndPrefix,
    groupDigits(integerPart, separator, groupSize, zeros, state) + suffix,
    spec,
    defaultAlign,
    state,
  );
}

function groupDigits(
  digits: string,
  separator: string,
  groupSize: number,
  minWidth: number,
  state: RenderState,
): string {
  if (separator === '') return digits;
  const groupedLength = (count: number): number => count + Math.floor((count - 1) / groupSize);
  let count = digits.length;
  state.budget.allocate(Math.max(0, minWidth));
  while (groupedLength(count) < minWidth) count++;
  const padded = digits.padStart(count, '0');
  const groups: string[] = [];
  for (let end = padded.length; end > 0; end -= groupSize)
    groups.unshift(padded.slice(Math.max(0, end - groupSize), end));
  return groups.join(separator);
}

// `prefix` is the sign of a number; the fill characters of the alignment `=` follow it.
function align(
  prefix: string,
  text: string,
  spec: FormatSpec,
  defaultAlign: string,
  state: RenderState,
): string {
  const paddingLength = spec.width - state.markedStrings.length(prefix) - state.markedStrings.length(text);
  if (paddingLength <= 0) return prefix + text;
  const fill = (count: number): string => repeat(spec.fill, count, state);
  switch (spec.align || defaultAlign) {
    case '<':
      return prefix + text + fill(paddingLength);
    case '=':
      return prefix + fill(paddingLength) + text;
    case '^':
      return fill(paddingLength >> 1) + prefix + text + fill(paddingLength - (paddingLength >> 1));
    default:
      return fill(paddingLength) + prefix + text;
  }
}
