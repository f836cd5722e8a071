// Python's printf-style formatting: `'%s is %d' % values`.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { toFixedExact } from '../values/decimals.ts';
import { Dict } from '../values/dict.ts';
import { asSameType, escapeHtml, stringOf } from '../values/markup.ts';
import { digitsOf, formatFloatRepr, isNumeric, type Numeric, toFloat, toInteger } from '../values/numbers.ts';
import { hexEscape, repr, strSteps } from '../values/str.ts';
import {
  defaultIfUndefined,
  Float,
  isInt,
  isString,
  Markup,
  Range,
  type RenderState,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { formatExponent, formatGeneral } from './format-spec.ts';
import { repeat } from './string-padding.ts';

const FIELD = /%(?:\(([^()]{0,200})\))?([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?[hlL]?(.?)/gsu;

interface Field {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** The values of a format, which are read in order or by name. */
class FormatValues {
  readonly #items: readonly Value[];
  readonly #values: Value;
  #index = 0;
  #hasNames = false;

  constructor(values: Value) {
    this.#values = values;
    this.#items = values instanceof Tuple ? values.items : [values];
  }

  next(): Value {
    const value = this.#items[this.#index++];
    return value === undefined ? raise('TypeError', 'not enough arguments for the format') : value;
  }

  getByName(name: string, state: RenderState): Value {
    this.#hasNames = true;
    if (!(this.#values instanceof Dict)) raise('TypeError', 'a format with names needs a dictionary');
    const value = this.#values.get(name, state.clean);
    return defaultIfUndefined(value, () => raise('LookupError', `the format has no value for ${name}`));
  }

  // As in Python, values that can be indexed may stay unused.
  #allowsUnused(): boolean {
    const values = this.#values;
    return Array.isArray(values) || [Dict, Range, Undefined].some((type) => values instanceof type);
  }

  requireAllUsed(): void {
    const hasUnused = this.#index < this.#items.length && !this.#hasNames;
    if (hasUnused && !this.#allowsUnused()) raise('TypeError', 'not all arguments were used in the format');
  }
}

export function* percentFormat(format: string | Markup, values: Value, state: RenderState): Steps<Value> {
  const text = stringOf(format);
  const formatValues = new FormatValues(values);
  const out = new StringBuilder();
  let textStart = 0;
  for (const match of text.matchAll(FIELD)) {
    out.append(text.slice(textStart, match.index));
    textStart = match.index + match[0].length;
    const [, name, flags = '', width, precision, type = ''] = match;
    if (type === '%') {
      out.append('%');
      continue;
    }
    const signedWidth = width === '*' ? toInteger(formatValues.next(), 'a width') : Number(width ?? 0);
    const precisionValue =
      precision === '*' ? toInteger(formatValues.next(), 'a precision') : Number(precision ?? 0);
    const field: Field = {
      flags: signedWidth < 0 ? `${flags}-` : flags,
      width: Math.abs(signedWidth),
      precision: precision === undefined ? undefined : Math.max(0, precisionValue),
      type,
    };
    const value = name === undefined ? formatValues.next() : formatValues.getByName(name, state);
    const part = yield* formatField(field, value, format instanceof Markup, state);
    state.budget.allocate(part.length);
    out.append(part);
  }
  out.append(text.slice(textStart));
  state.budget.allocate(text.length);
  formatValues.requireAllUsed();
  return asSameType(format, out.build());
}

function* formatField(field: Field, value: Value, shouldEscape: boolean, state: RenderState): Steps<string> {
  const { type } = field;
  if ('sra'.includes(type) && type !== '') {
    const text = type === 's' ? yield* strSteps(value, state) : formatRepr(value, type === 'a', state);
    const escaped = shouldEscape && !(value instanceof Markup) ? escapeHtml(text) : text;
    const { precision } = field;
    const truncated =
      precision === undefined
        ? escaped
        : state.markedStrings.characters(escaped).slice(0, precision).join('');
    return padToWidth(truncated, field, state);
  }
  if (type === 'c') return padToWidth(formatCharacter(value, state), field, state);
  if (type === '' || !'diuoxXeEfFgG'.includes(type)) raise('ValueError', `%${type} is not a format`);
  if (value instanceof Undefined) value.raise();
  if (!isNumeric(value)) raise('TypeError', `%${type} needs a number, got a ${typeName(value)}`);
  return formatNumber(field, value, state);
}

export function formatRepr(value: Value, ascii: boolean, state: RenderState): string {
  const text = repr(value, state);
  return ascii
    ? text.replace(/\P{ASCII}/gu, (character) =>
        state.markedStrings.isMark(character) ? character : hexEscape(character),
      )
    : text;
}

function formatCharacter(value: Value, state: RenderState): string {
  if (isString(value) && state.markedStrings.length(stringOf(value)) === 1) return stringOf(value);
  const code = isInt(value) || typeof value === 'boolean' ? Number(value) : -1;
  if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  return raise('TypeError', '%c needs an int or one character');
}

const BASES: Readonly<Record<string, number>> = { d: 10, i: 10, u: 10, o: 8, x: 16, X: 16 };
const MAX_PRECISION = 1000;

function formatNumber(field: Field, value: Numeric, state: RenderState): string {
  const { type, flags, precision = 6 } = field;
  if (precision > MAX_PRECISION) raise('ValueError', 'the precision is too large');
  const alternate = flags.includes('#');
  const base = BASES[type];
  if (base !== undefined) {
    if (value instanceof Float && base !== 10) raise('TypeError', `%${type} needs an int`);
    const integer = value instanceof Float ? truncateToInt(value.value) : BigInt(value);
    const digits = digitsOf(integer < 0n ? -integer : integer, base, state.budget).padStart(
      field.precision ?? 0,
      '0',
    );
    const prefix = alternate && base !== 10 ? `0${type}` : '';
    return formatSigned(integer < 0n, prefix, type === 'X' ? digits.toUpperCase() : digits, field, state);
  }
  const float = toFloat(value);
  const magnitude = Math.abs(float);
  const isNegative = float < 0 || Object.is(float, -0);
  const text = Number.isFinite(float)
    ? formatFloat(type, magnitude, precision, alternate)
    : formatFloatRepr(magnitude);
  return formatSigned(isNegative, '', type === type.toUpperCase() ? text.toUpperCase() : text, field, state);
}

function truncateToInt(value: number): bigint {
  if (!Number.isFinite(value))
    raise('OverflowError', 'a float that is not finite cannot be converted to an int');
  return BigInt(Math.trunc(value));
}

function formatFloat(type: string, magnitude: number, precision: number, alternate: boolean): string {
  switch (type.toLowerCase()) {
    case 'f':
      return toFixedExact(magnitude, precision);
    case 'e':
      return formatExponent(magnitude, precision, 'e', alternate);
    default:
      return formatGeneral(magnitude, precision, 'e', alternate, false);
  }
}

function formatSigned(
  isNegative: boolean,
  prefix: string,
  digits: string,
  field: Field,
  state: RenderState,
): string {
  const { flags, width } = field;
  const sign = isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const signAndPrefix = sign + prefix;
  const zeros =
    flags.includes('0') && !flags.includes('-') ? width - signAndPrefix.length - digits.length : 0;
  return padToWidth(signAndPrefix + repeat('0', zeros, state) + digits, field, state);
}

function padToWidth(text: string, { flags, width }: Field, state: RenderState): string {
  const space = repeat(' ', width - state.markedStrings.length(text), state);
  return flags.includes('-') ? text + space : space + text;
}
