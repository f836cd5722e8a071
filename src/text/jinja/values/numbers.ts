// Python's numbers: integers of any size, and floats. An integer is a bigint only if it is not a safe integer.

import { type Budget, MAX_INTEGER_BITS, raiseTooCostly } from '../budget.ts';
import { raise } from '../errors.ts';
import { raiseUnsupported } from '../unsupported.ts';
import { floatPower } from './decimals.ts';
import { Float, type Int, isInt, typeName, Undefined, type Value } from './values.ts';

export type Numeric = Int | boolean | Float;

export const isNumeric = (value: Value): value is Numeric =>
  isInt(value) || typeof value === 'boolean' || value instanceof Float;

/** Converts a bigint to a number if it is a safe integer. */
export function normalizeInt(value: bigint): Int {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value);
  if (bitLength(value) > MAX_INTEGER_BITS)
    raiseTooCostly(`makes an integer of more than ${MAX_INTEGER_BITS} bits`);
  return value;
}

export const bitLength = (value: bigint): number => (value < 0n ? -value : value).toString(16).length * 4;

const toBigInt = (value: Int | boolean): bigint => BigInt(value);

/** Converts a number or bool to a float. */
export function toFloat(value: Numeric): number {
  if (value instanceof Float) return value.value;
  const number = Number(value);
  if (!Number.isFinite(number)) raise('OverflowError', 'int too large to convert to float');
  return number;
}

/** Converts an int or bool, such as a count or an index, to a safe integer. */
export function toInteger(value: Value, name: string): number {
  if (typeof value === 'boolean') return Number(value);
  if (isInt(value)) {
    const number = Number(value);
    return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }
  if (value instanceof Undefined) value.raise();
  raise('TypeError', `${name} must be an int, not ${typeName(value)}`);
}

export type NumericOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

export function calculate(operator: NumericOperator, left: Numeric, right: Numeric): Value {
  if (operator === '**') return computePower(left, right);
  if (operator === '/') return new Float(divide(left, right));
  if (left instanceof Float || right instanceof Float)
    return new Float(FLOAT_OPERATORS[operator](toFloat(left), toFloat(right)));
  if (typeof left !== 'bigint' && typeof right !== 'bigint') {
    const result = NUMBER_OPERATORS[operator](Number(left), Number(right));
    if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
  }
  return normalizeInt(BIGINT_OPERATORS[operator](toBigInt(left), toBigInt(right)));
}

type TabulatedOperator = Exclude<NumericOperator, '**' | '/'>;

const NUMBER_OPERATORS: Readonly<Record<TabulatedOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': (left, right) => Math.floor((left - modulo(left, right)) / right),
  '%': modulo,
};

const BIGINT_OPERATORS: Readonly<Record<TabulatedOperator, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': (left, right) => (left - moduloBigInt(left, right)) / right,
  '%': moduloBigInt,
};

const FLOAT_OPERATORS: Readonly<Record<TabulatedOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '//': floorFloat,
  '%': modulo,
};

// The remainder has the sign of the divisor.
function modulo(left: number, right: number): number {
  if (right === 0) raise('ZeroDivisionError', 'division by zero');
  const remainder = left % right;
  if (remainder === 0) return right < 0 ? -0 : 0;
  return remainder < 0 === right < 0 ? remainder : remainder + right;
}

function moduloBigInt(left: bigint, right: bigint): bigint {
  if (right === 0n) raise('ZeroDivisionError', 'division by zero');
  const remainder = left % right;
  return remainder !== 0n && remainder < 0n !== right < 0n ? remainder + right : remainder;
}

function floorFloat(left: number, right: number): number {
  const quotient = (left - modulo(left, right)) / right;
  if (quotient === 0) return left / right < 0 || Object.is(left / right, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function divide(left: Numeric, right: Numeric): number {
  if (typeof left === 'bigint' || typeof right === 'bigint')
    if (!(left instanceof Float || right instanceof Float))
      return divideBigInts(toBigInt(left), toBigInt(right));
  const divisor = toFloat(right);
  if (divisor === 0) raise('ZeroDivisionError', 'division by zero');
  return toFloat(left) / divisor;
}

// Rounds once: the integer quotient has more bits than a float, and a sticky bit represents the remainder.
function divideBigInts(left: bigint, right: bigint): number {
  if (right === 0n) raise('ZeroDivisionError', 'division by zero');
  const [dividend, divisor] = [left < 0n ? -left : left, right < 0n ? -right : right];
  const shift = Math.max(0, bitLength(divisor) - bitLength(dividend) + 72);
  const shifted = dividend << BigInt(shift);
  const digits = shifted / divisor;
  const sticky = shifted % divisor === 0n ? digits : digits | 1n;
  const halfShift = shift >> 1;
  const magnitude = Number(sticky) * 2 ** -halfShift * 2 ** -(shift - halfShift);
  if (magnitude === Number.POSITIVE_INFINITY) raise('OverflowError', 'the quotient is too large for a float');
  return left < 0n === right < 0n ? magnitude : -magnitude;
}

function computePower(left: Numeric, right: Numeric): Value {
  if (left instanceof Float || right instanceof Float || Number(right) < 0) {
    const [base, exponent] = [toFloat(left), toFloat(right)];
    if (base === 0 && exponent < 0) raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    if (base < 0 && !Number.isInteger(exponent) && Number.isFinite(exponent))
      raiseUnsupported('complex number');
    const result = floatPower(base, exponent);
    if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent))
      raise('OverflowError', 'numerical result out of range');
    return new Float(result);
  }
  const [base, exponent] = [toBigInt(left), toBigInt(right)];
  const maxBits = bitLength(base) * Number(exponent);
  if (maxBits > 4 * MAX_INTEGER_BITS && base !== 0n && base !== 1n && base !== -1n)
    raiseTooCostly(`makes an integer of more than ${MAX_INTEGER_BITS} bits`);
  return normalizeInt(base ** exponent);
}

export function negate(value: Numeric): Value {
  if (value instanceof Float) return new Float(-value.value);
  if (typeof value === 'bigint') return normalizeInt(-value);
  return value === false || value === 0 ? 0 : -Number(value);
}

/** Compares without rounding, also a large int with a float; undefined if an operand is NaN. */
export function compareNumbers(left: Numeric, right: Numeric): number | undefined {
  const [a, b] = [toPrimitive(left), toPrimitive(right)];
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint equals a number of the same value
  return a == b ? 0 : undefined;
}

const toPrimitive = (value: Numeric): number | bigint => {
  if (value instanceof Float) return value.value;
  return typeof value === 'bigint' ? value : Number(value);
};

/** Formats a float like Python's `repr`. */
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
