// `'%s is %d' % values`, as C's printf and Python have it.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { raise } from '../errors.ts';
import { fixed } from '../values/decimals.ts';
import { Dict } from '../values/dict.ts';
import { escapeHtml, markupText, textLike } from '../values/markup.ts';
import { digitsOf, float, floatText, isNumeric, type Numeric, wholeNumber } from '../values/numbers.ts';
import { hexEscape, repr, strSteps } from '../values/str.ts';
import {
  Float,
  isInt,
  isText,
  Markup,
  orElse,
  Range,
  type Run,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { general, withExponent } from './format-spec.ts';
import { repeated } from './string-padding.ts';

const FIELD = /%(?:\(([^()]{0,200})\))?([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?[hlL]?(.?)/gsu;

interface Field {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Hands out the values one by one, or by their names. */
class Given {
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

  named(name: string, run: Run): Value {
    this.#named = true;
    if (!(this.#whole instanceof Dict)) raise('TypeError', 'a format with names takes a dictionary');
    const found = this.#whole.get(name, run.clean);
    return orElse(found, () => raise('LookupError', `the format has no value for ${name}`));
  }

  // What may be asked for by keys or places need not be used.
  #hasKeys(): boolean {
    const whole = this.#whole;
    return Array.isArray(whole) || [Dict, Range, Undefined].some((one) => whole instanceof one);
  }

  end(): void {
    const spare = this.#at < this.#items.length && !this.#named;
    if (spare && !this.#hasKeys()) raise('TypeError', 'not all arguments were used in the format');
  }
}

export function* percentFormat(format: string | Markup, values: Value, run: Run): Steps<Value> {
  const text = markupText(format);
  const given = new Given(values);
  const out = new TextBuilder();
  let from = 0;
  for (const match of text.matchAll(FIELD)) {
    out.add(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, name, flags = '', width, precision, type = ''] = match;
    if (type === '%') {
      out.add('%');
      continue;
    }
    const wide = width === '*' ? wholeNumber(given.next(), 'a width') : Number(width ?? 0);
    const exact = precision === '*' ? wholeNumber(given.next(), 'a precision') : Number(precision ?? 0);
    const field: Field = {
      flags: wide < 0 ? `${flags}-` : flags,
      width: Math.abs(wide),
      precision: precision === undefined ? undefined : Math.max(0, exact),
      type,
    };
    const value = name === undefined ? given.next() : given.named(name, run);
    const part = yield* formatted(field, value, format instanceof Markup, run);
    run.budget.text(part.length);
    out.add(part);
  }
  out.add(text.slice(from));
  run.budget.text(text.length);
  given.end();
  return textLike(format, out.build());
}

function* formatted(field: Field, value: Value, escapes: boolean, run: Run): Steps<string> {
  const { type } = field;
  if ('sra'.includes(type) && type !== '') {
    const text = type === 's' ? yield* strSteps(value, run) : asRepr(value, type === 'a', run);
    const safe = escapes && !(value instanceof Markup) ? escapeHtml(text) : text;
    const { precision } = field;
    const short = precision === undefined ? safe : run.marked.characters(safe).slice(0, precision).join('');
    return wide(short, field, run);
  }
  if (type === 'c') return wide(character(value, run), field, run);
  if (type === '' || !'diuoxXeEfFgG'.includes(type)) raise('ValueError', `%${type} is no format`);
  if (value instanceof Undefined) value.raise();
  if (!isNumeric(value)) raise('TypeError', `%${type} takes a number, not a ${typeName(value)}`);
  return number(field, value, run);
}

export function asRepr(value: Value, ascii: boolean, run: Run): string {
  const text = repr(value, run);
  return ascii ? text.replace(/\P{ASCII}/gu, (one) => (run.marked.isMark(one) ? one : hexEscape(one))) : text;
}

function character(value: Value, run: Run): string {
  if (isText(value) && run.marked.length(markupText(value)) === 1) return markupText(value);
  const code = isInt(value) || typeof value === 'boolean' ? Number(value) : -1;
  if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  return raise('TypeError', '%c takes a character');
}

const BASES: Readonly<Record<string, number>> = { d: 10, i: 10, u: 10, o: 8, x: 16, X: 16 };
const MAX_PRECISION = 1000;

function number(field: Field, value: Numeric, run: Run): string {
  const { type, flags, precision = 6 } = field;
  if (precision > MAX_PRECISION) raise('ValueError', 'the precision is too large');
  const alternate = flags.includes('#');
  const base = BASES[type];
  if (base !== undefined) {
    if (value instanceof Float && base !== 10) raise('TypeError', `%${type} takes an int`);
    const whole = value instanceof Float ? truncated(value.value) : BigInt(value);
    const digits = digitsOf(whole < 0n ? -whole : whole, base, run.budget).padStart(
      field.precision ?? 0,
      '0',
    );
    const prefix = alternate && base !== 10 ? `0${type}` : '';
    return signed(whole < 0n, prefix, type === 'X' ? digits.toUpperCase() : digits, field, run);
  }
  const amount = float(value);
  const size = Math.abs(amount);
  const negative = amount < 0 || Object.is(amount, -0);
  const text = Number.isFinite(amount) ? floatForm(type, size, precision, alternate) : floatText(size);
  return signed(negative, '', type === type.toUpperCase() ? text.toUpperCase() : text, field, run);
}

function truncated(value: number): bigint {
  if (!Number.isFinite(value)) raise('OverflowError', 'a float that is not finite is no int');
  return BigInt(Math.trunc(value));
}

function floatForm(type: string, size: number, precision: number, alternate: boolean): string {
  switch (type.toLowerCase()) {
    case 'f':
      return fixed(size, precision);
    case 'e':
      return withExponent(size, precision, 'e', alternate);
    default:
      return general(size, precision, 'e', alternate, false);
  }
}

function signed(negative: boolean, prefix: string, digits: string, field: Field, run: Run): string {
  const { flags, width } = field;
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const before = sign + prefix;
  const zeros = flags.includes('0') && !flags.includes('-') ? width - before.length - digits.length : 0;
  return wide(before + repeated('0', zeros, run) + digits, field, run);
}

function wide(text: string, { flags, width }: Field, run: Run): string {
  const space = repeated(' ', width - run.marked.length(text), run);
  return flags.includes('-') ? text + space : space + text;
}
