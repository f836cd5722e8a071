// Python's numbers: integers of any size, and floats. An integer is a bigint only if it is not a safe integer.

import { type Budget, MAX_BITS, tooCostly } from '../budget.ts';
import { raise } from '../errors.ts';
import { unsupported } from '../unsupported.ts';
import { floatPower } from './decimals.ts';
import { Float, type Int, isInt, typeName, Undefined, type Value } from './values.ts';

export type Numeric = Int | boolean | Float;

export const isNumeric = (value: Value): value is Numeric =>
  isInt(value) || typeof value === 'boolean' || value instanceof Float;

/** Converts a bigint to a number if it is a safe integer. */
export function normalizeInt(value: bigint): Int {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  if (bitLength(value) > MAX_BITS) tooCostly(`makes an integer of more than ${MAX_BITS} bits`);
  return value;
}

export const bitLength = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4;

const big = (value: Int | boolean): bigint => BigInt(value);

/** Converts a number or bool to a float. */
export function toFloat(value: Numeric): number {
  if (value instanceof Float) return value.value;
  const number = Number(value);
  if (!Number.isFinite(number)) raise('OverflowError', 'int too large to convert to float');
  return number;
}

/** Converts an int or bool, such as a count or an index, to a safe integer. */
export function toInteger(value: Value, what: string): number {
  if (typeof value === 'boolean') return Number(value);
  if (isInt(value)) {
    const number = Number(value);
    return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `${what} must be an int, not ${typeName(value)}`);
}

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

export function calculate(operator: Operator, left: Numeric, right: Numeric): Value {
  if (operator === '**') return power(left, right);
  if (operator === '/') return new Float(quotient(left, right));
  if (left instanceof Float || right instanceof Float)
    return new Float(FLOATS[operator](toFloat(left), toFloat(right)));
  if (typeof left !== 'bigint' && typeof right !== 'bigint') {
    const result = SMALL[operator](Number(left), Number(right));
    if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
  }
  return normalizeInt(BIG[operator](big(left), big(right)));
}

type Usual = Exclude<Operator, '**' | '/'>;

const SMALL: Readonly<Record<Usual, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': (left, right) => Math.floor((left - modulo(left, right)) / right),
  '%': modulo,
};

const BIG: Readonly<Record<Usual, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': (left, right) => (left - bigModulo(left, right)) / right,
  '%': bigModulo,
};

const FLOATS: Readonly<Record<Usual, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': floorFloat,
  '%': modulo,
};

// The remainder has the sign of the divisor.
function modulo(left: number, right: number): number {
  if (right === 0) raise('ZeroDivisionError', 'division by zero');
  const rest = left % right;
  if (rest === 0) return right < 0 ? -0 : 0;
  return rest < 0 === right < 0 ? rest : rest + right;
}

function bigModulo(left: bigint, right: bigint): bigint {
  if (right === 0n) raise('ZeroDivisionError', 'division by zero');
  const rest = left % right;
  return rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest;
}

function floorFloat(left: number, right: number): number {
  const exact = (left - modulo(left, right)) / right;
  if (exact === 0) return left / right < 0 || Object.is(left / right, -0) ? -0 : 0;
  const floor = Math.floor(exact);
  return exact - floor > 0.5 ? floor + 1 : floor;
}

function quotient(left: Numeric, right: Numeric): number {
  if (typeof left === 'bigint' || typeof right === 'bigint')
    if (!(left instanceof Float || right instanceof Float)) return bigQuotient(big(left), big(right));
  const divisor = toFloat(right);
  if (divisor === 0) raise('ZeroDivisionError', 'division by zero');
  return toFloat(left) / divisor;
}

// Rounded once, from a quotient with more digits than a float and a sticky bit for the remainder.
function bigQuotient(left: bigint, right: bigint): number {
  if (right === 0n) raise('ZeroDivisionError', 'division by zero');
  const [top, bottom] = [left < 0n ? -left : left, right < 0n ? -right : right];
  const shift = Math.max(0, bitLength(bottom) - bitLength(top) + 72);
  const shifted = top << BigInt(shift);
  const digits = shifted / bottom;
  const sticky = shifted % bottom === 0n ? digits : digits | 1n;
  const half = shift >> 1;
  const size = Number(sticky) * 2 ** -half * 2 ** -(shift - half);
  if (size === Number.POSITIVE_INFINITY) raise('OverflowError', 'the quotient is too large for a float');
  return left < 0n === right < 0n ? size : -size;
}

function power(left: Numeric, right: Numeric): Value {
  if (left instanceof Float || right instanceof Float || Number(right) < 0) {
    const [base, exponent] = [toFloat(left), toFloat(right)];
    if (base === 0 && exponent < 0) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    if (base < 0 && !Number.isInteger(exponent) && Number.isFinite(exponent)) unsupported('complex number');
    const result = floatPower(base, exponent);
    if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent))
      raise('OverflowError', 'numerical result out of range');
    return new Float(result);
  }
  const [base, exponent] = [big(left), big(right)];
  const most = bitLength(base) * Number(exponent);
  if (most > 4 * MAX_BITS && base !== 0n && base !== 1n && base !== -1n)
    tooCostly(`makes an integer of more than ${MAX_BITS} bits`);
  return normalizeInt(base ** exponent);
}

export function negate(value: Numeric): Value {
  if (value instanceof Float) return new Float(-value.value);
  if (typeof value === 'bigint') return normalizeInt(-value);
  return value === false || value === 0 ? 0 : -Number(value);
}

/** Compares exactly, also a large int with a float. Undefined if one is NaN. */
export function compareNumbers(left: Numeric, right: Numeric): number | undefined {
  const [a, b] = [plain(left), plain(right)];
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals a number of the same value
  return a == b ? 0 : undefined;
}

const plain = (value: Numeric): number | bigint => {
  if (value instanceof Float) return value.value;
  return typeof value === 'bigint' ? value : Number(value);
};

/** Formats a float like `repr`. */
export function formatFloatRepr(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (value === 0 || (exponent >= -4 && exponent < 16)) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Python's limit on the decimal digits of an int that is parsed or printed. */
export const MAX_DIGITS = 4300;
const DIGIT_LIMIT = 10n ** BigInt(MAX_DIGITS);

export function formatInt(value: Int, budget: Budget): string {
  if (typeof value === 'number') return String(value);
  return value < 0n ? `-${digitsOf(-value, 10, budget)}` : digitsOf(value, 10, budget);
}

/** Returns the digits of a non-negative integer. */
export function digitsOf(value: bigint, base: number, budget: Budget): string {
  if (base === 10) budget.chargeDecimalConversion(bitLength(value));
  else budget.chargeBigint(bitLength(value));
  const text = base === 10 && value >= DIGIT_LIMIT ? undefined : value.toString(base);
  return text ?? raise('ValueError', `an int has more than ${MAX_DIGITS} digits`);
}
