// `'%s is %d' % values`: Python's printf-style formatting.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { toFixedExact } from '../values/decimals.ts';
import { Dict } from '../values/dict.ts';
import { asSameType, escapeHtml, stringOf } from '../values/markup.ts';
import { digitsOf, formatFloatRepr, isNumeric, type Numeric, toFloat, toInteger } from '../values/numbers.ts';
import { hexEscape, repr, strSteps } from '../values/str.ts';
import {
  Float,
  isInt,
  isString,
  Markup,
  orElse,
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

/** Supplies the values in order or by name. */
class FormatValues {
  readonly #items: readonly Value[];
  readonly #whole: Value;
  #at = 0;
  #named = false;

  constructor(values: Value) {
    this.#whole = values;
    this.#items = values instanceof Tuple ? values.items : [values];
  }

  next(): Value {
    const value = this.#items[this.#at++];
    return value === undefined ? raise('TypeError', 'not enough arguments for the format') : value;
  }

  named(name: string, state: RenderState): Value {
    this.#named = true;
    if (!(this.#whole instanceof Dict)) raise('TypeError', 'a format with names needs a dictionary');
    const found = this.#whole.get(name, state.clean);
    return orElse(found, () => raise('LookupError', `the format has no value for ${name}`));
  }

  // Containers that can be indexed may stay unused.
  #allowsUnused(): boolean {
    const whole = this.#whole;
    return Array.isArray(whole) || [Dict, Range, Undefined].some((one) => whole instanceof one);
  }

  requireAllUsed(): void {
    const spare = this.#at < this.#items.length && !this.#named;
    if (spare && !this.#allowsUnused()) raise('TypeError', 'not all arguments were used in the format');
  }
}

export function* percentFormat(format: string | Markup, values: Value, state: RenderState): Steps<Value> {
  const text = stringOf(format);
  const given = new FormatValues(values);
  const out = new StringBuilder();
  let from = 0;
  for (const match of text.matchAll(FIELD)) {
    out.append(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, name, flags = '', width, precision, type = ''] = match;
    if (type === '%') {
      out.append('%');
      continue;
    }
    const padToWidth = width === '*' ? toInteger(given.next(), 'a width') : Number(width ?? 0);
    const exact = precision === '*' ? toInteger(given.next(), 'a precision') : Number(precision ?? 0);
    const field: Field = {
      flags: padToWidth < 0 ? `${flags}-` : flags,
      width: Math.abs(padToWidth),
      precision: precision === undefined ? undefined : Math.max(0, exact),
      type,
    };
    const value = name === undefined ? given.next() : given.named(name, state);
    const part = yield* formatField(field, value, format instanceof Markup, state);
    state.budget.allocate(part.length);
    out.append(part);
  }
  out.append(text.slice(from));
  state.budget.allocate(text.length);
  given.requireAllUsed();
  return asSameType(format, out.build());
}

function* formatField(field: Field, value: Value, escapes: boolean, state: RenderState): Steps<string> {
  const { type } = field;
  if ('sra'.includes(type) && type !== '') {
    const text = type === 's' ? yield* strSteps(value, state) : asRepr(value, type === 'a', state);
    const safe = escapes && !(value instanceof Markup) ? escapeHtml(text) : text;
    const { precision } = field;
    const short =
      precision === undefined ? safe : state.markedStrings.characters(safe).slice(0, precision).join('');
    return wide(short, field, state);
  }
  if (type === 'c') return wide(formatCharacter(value, state), field, state);
  if (type === '' || !'diuoxXeEfFgG'.includes(type)) raise('ValueError', `%${type} is not a format`);
  if (value instanceof Undefined) value.raise();
  if (!isNumeric(value)) raise('TypeError', `%${type} needs a number, got a ${typeName(value)}`);
  return formatNumber(field, value, state);
}

export function asRepr(value: Value, ascii: boolean, state: RenderState): string {
  const text = repr(value, state);
  return ascii
    ? text.replace(/\P{ASCII}/gu, (one) => (state.markedStrings.isMark(one) ? one : hexEscape(one)))
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
    const whole = value instanceof Float ? truncateToInt(value.value) : BigInt(value);
    const digits = digitsOf(whole < 0n ? -whole : whole, base, state.budget).padStart(
      field.precision ?? 0,
      '0',
    );
    const prefix = alternate && base !== 10 ? `0${type}` : '';
    return formatSigned(whole < 0n, prefix, type === 'X' ? digits.toUpperCase() : digits, field, state);
  }
  const amount = toFloat(value);
  const size = Math.abs(amount);
  const negative = amount < 0 || Object.is(amount, -0);
  const text = Number.isFinite(amount)
    ? formatFloat(type, size, precision, alternate)
    : formatFloatRepr(size);
  return formatSigned(negative, '', type === type.toUpperCase() ? text.toUpperCase() : text, field, state);
}

function truncateToInt(value: number): bigint {
  if (!Number.isFinite(value))
    raise('OverflowError', 'a float that is not finite cannot be converted to an int');
  return BigInt(Math.trunc(value));
}

function formatFloat(type: string, size: number, precision: number, alternate: boolean): string {
  switch (type.toLowerCase()) {
    case 'f':
      return toFixedExact(size, precision);
    case 'e':
      return formatExponent(size, precision, 'e', alternate);
    default:
      return formatGeneral(size, precision, 'e', alternate, false);
  }
}

function formatSigned(
  negative: boolean,
  prefix: string,
  digits: string,
  field: Field,
  state: RenderState,
): string {
  const { flags, width } = field;
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const before = sign + prefix;
  const zeros = flags.includes('0') && !flags.includes('-') ? width - before.length - digits.length : 0;
  return wide(before + repeat('0', zeros, state) + digits, field, state);
}

function wide(text: string, { flags, width }: Field, state: RenderState): string {
  const space = repeat(' ', width - state.markedStrings.length(text), state);
  return flags.includes('-') ? text + space : space + text;
}
