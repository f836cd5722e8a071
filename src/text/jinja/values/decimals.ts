// Decimal digits of floats, rounded as in Python: by the exact value, half to even.

/** Returns the numerator and denominator of a finite, non-negative float. */
function exactFraction(value: number): [bigint, bigint] {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  const word = bytes.getBigUint64(0);
  const exponent = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | 0x10000000000000n;
  const shift = (exponent === 0 ? 1 : exponent) - 1075;
  return shift >= 0 ? [mantissa << BigInt(shift), 1n] : [mantissa, 1n << BigInt(-shift)];
}

/** Divides and rounds to the nearest integer, half to even. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const doubleRemainder = 2n * (numerator - floor * denominator);
  if (doubleRemainder > denominator || (doubleRemainder === denominator && floor % 2n === 1n))
    return floor + 1n;
  return floor;
}

/** Returns value x 10^power, rounded to an integer; the value is finite and non-negative. */
function scaleToInteger(value: number, power: number): bigint {
  const [numerator, denominator] = exactFraction(value);
  return power >= 0
    ? divideHalfEven(numerator * 10n ** BigInt(power), denominator)
    : divideHalfEven(numerator, denominator * 10n ** BigInt(-power));
}

/** Formats a finite, non-negative float like `%.Nf`. */
export function toFixedExact(value: number, digits: number): string {
  const text = scaleToInteger(value, digits)
    .toString()
    .padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Returns the first `count` digits of a finite, non-negative float, and the power of ten of the first digit. */
export function significantDigits(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  const estimate = Number(value.toExponential().split('e')[1]);
  for (const exponent of [estimate, estimate - 1, estimate + 1]) {
    const [numerator, denominator] = exactFraction(value);
    const dividend = exponent < 0 ? numerator * 10n ** BigInt(-exponent) : numerator;
    const divisor = exponent >= 0 ? denominator * 10n ** BigInt(exponent) : denominator;
    // The exponent is correct if 1 <= value / 10^exponent < 10.
    if (dividend < divisor || dividend >= 10n * divisor) continue;
    const digits = scaleToInteger(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    return { digits: digits.slice(0, count), exponent: exponent + 1 };
  }
  return { digits: '0'.repeat(count), exponent: estimate };
}

/**
 * Raises a float to a power with correct rounding, like C; JavaScript's result may differ by one unit in the last place.
 * Fractional and large exponents use JavaScript's operator.
 */
export function floatPower(base: number, exponent: number): number {
  const result = base ** exponent;
  if (exponent === 0.5 && base > 0) return Math.sqrt(base);
  const isSmallInteger = Number.isInteger(exponent) && Math.abs(exponent) <= 64;
  if (!isSmallInteger || exponent === 0 || result === 0 || !Number.isFinite(result)) return result;
  const [numerator, denominator] = exactFraction(Math.abs(base));
  const power = BigInt(Math.abs(exponent));
  const [top, bottom] = [numerator ** power, denominator ** power];
  const magnitude = exponent > 0 ? nearestFloat(top, bottom) : nearestFloat(bottom, top);
  return result < 0 ? -magnitude : magnitude;
}

/** Returns the float nearest to numerator / denominator. */
function nearestFloat(numerator: bigint, denominator: bigint): number {
  const bitLength = (value: bigint): number => value.toString(2).length;
  const shift = 54 - (bitLength(numerator) - bitLength(denominator));
  const dividend = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  // 54 or 55 bits and a sticky bit are enough to round to 53 bits in one step.
  const floor = dividend / divisor;
  const sticky = floor * divisor === dividend ? 0n : 1n;
  return Number((floor << 8n) | sticky) * 2 ** -(shift + 8);
}

/** Rounds like Python's `round(value, digits)`. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 400) return value;
  const magnitude = Math.abs(value);
  if (digits < -400) return value * 0;
  const rounded = Number(`${scaleToInteger(magnitude, digits)}e${-digits}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
