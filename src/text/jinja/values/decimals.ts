// Decimal digits of floats, rounded as in Python: by the exact value, half to even.

/** Returns the numerator and denominator of a finite, non-negative float. */
function exactFraction(value: number): [bigint, bigint] {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  const word = bytes.getBigUint64(0);
  const exponent = Number((word >> 52n) & 0x7ffn);
  const bits = word & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? bits : bits | 0x10000000000000n;
  const shift = (exponent === 0 ? 1 : exponent) - 1075;
  return shift >= 0 ? [mantissa << BigInt(shift), 1n] : [mantissa, 1n << BigInt(-shift)];
}

/** Divides and rounds to the nearest integer, half to even. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const twice = 2n * (numerator - floor * denominator);
  if (twice > denominator || (twice === denominator && floor % 2n === 1n)) return floor + 1n;
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
  const guess = Number(value.toExponential().split('e')[1]);
  for (const exponent of [guess, guess - 1, guess + 1]) {
    const [numerator, denominator] = exactFraction(value);
    const power = exponent >= 0 ? 10n ** BigInt(exponent) : 1n;
    const other = exponent < 0 ? 10n ** BigInt(-exponent) : 1n;
    // The exponent is right if 1 <= value / 10^exponent < 10.
    if (numerator * other < power * denominator || numerator * other >= 10n * power * denominator) continue;
    const digits = scaleToInteger(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    return { digits: digits.slice(0, count), exponent: exponent + 1 };
  }
  return { digits: '0'.repeat(count), exponent: guess };
}

/**
 * Raises a float to a power like C, correctly rounded; JavaScript's result may be off by one unit in the last place.
 * Fractional and large exponents use JavaScript's operator.
 */
export function floatPower(base: number, exponent: number): number {
  const result = base ** exponent;
  if (exponent === 0.5 && base > 0) return Math.sqrt(base);
  const whole = Number.isInteger(exponent) && Math.abs(exponent) <= 64;
  if (!whole || exponent === 0 || result === 0 || !Number.isFinite(result)) return result;
  const [numerator, denominator] = exactFraction(Math.abs(base));
  const power = BigInt(Math.abs(exponent));
  const [over, under] = [numerator ** power, denominator ** power];
  const size = exponent > 0 ? nearest(over, under) : nearest(under, over);
  return result < 0 ? -size : size;
}

/** Returns the float nearest to numerator / denominator. */
function nearest(numerator: bigint, denominator: bigint): number {
  const bits = (value: bigint): number => value.toString(2).length;
  const shift = 54 - (bits(numerator) - bits(denominator));
  const scaledUp = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const under = shift >= 0 ? denominator : denominator << BigInt(-shift);
  // 54 or 55 bits and a sticky bit: enough to round to 53 bits once.
  const floor = scaledUp / under;
  const sticky = floor * under === scaledUp ? 0n : 1n;
  return Number((floor << 8n) | sticky) * 2 ** -(shift + 8);
}

/** Same as Python's `round(value, digits)`. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 400) return value;
  const size = Math.abs(value);
  if (digits < -400) return value * 0;
  const rounded = Number(`${scaleToInteger(size, digits)}e${-digits}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
