// Floats in decimal digits, rounded as Python rounds: by their exact value, halves to the even digit.

/** numerator and denominator of a finite float that is not negative */
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

/** The whole number next to numerator / denominator. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const twice = 2n * (numerator - floor * denominator);
  if (twice > denominator || (twice === denominator && floor % 2n === 1n)) return floor + 1n;
  return floor;
}

/** value x 10^power as a whole number; the value is finite and not negative */
function scaleToInteger(value: number, power: number): bigint {
  const [numerator, denominator] = exactFraction(value);
  return power >= 0
    ? divideHalfEven(numerator * 10n ** BigInt(power), denominator)
    : divideHalfEven(numerator, denominator * 10n ** BigInt(-power));
}

/** As `%.Nf` writes a finite float that is not negative. */
export function toFixedExact(value: number, digits: number): string {
  const text = scaleToInteger(value, digits)
    .toString()
    .padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Digits and the power of ten of the first, of a finite float that is not negative. */
export function significantDigits(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  const guess = Number(value.toExponential().split('e')[1]);
  for (const exponent of [guess, guess - 1, guess + 1]) {
    const [numerator, denominator] = exactFraction(value);
    const power = exponent >= 0 ? 10n ** BigInt(exponent) : 1n;
    const other = exponent < 0 ? 10n ** BigInt(-exponent) : 1n;
    // Only where 1 <= value / 10^exponent < 10 are these the digits.
    if (numerator * other < power * denominator || numerator * other >= 10n * power * denominator) continue;
    const digits = scaleToInteger(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    return { digits: digits.slice(0, count), exponent: exponent + 1 };
  }
  return { digits: '0'.repeat(count), exponent: guess };
}

/**
 * A float to a power as C has it, next to the exact value: JavaScript's may be the one beside. Powers that are not
 * whole are left to JavaScript.
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

/** The float next to numerator / denominator. */
function nearest(numerator: bigint, denominator: bigint): number {
  const bits = (value: bigint): number => value.toString(2).length;
  const shift = 54 - (bits(numerator) - bits(denominator));
  const scaledUp = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const under = shift >= 0 ? denominator : denominator << BigInt(-shift);
  // 54 or 55 bits and whether there is more: enough to round to 53 once.
  const floor = scaledUp / under;
  const sticky = floor * under === scaledUp ? 0n : 1n;
  return Number((floor << 8n) | sticky) * 2 ** -(shift + 8);
}

/** As `round(value, digits)`. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 400) return value;
  const size = Math.abs(value);
  if (digits < -400) return value * 0;
  const rounded = Number(`${scaleToInteger(size, digits)}e${-digits}`);
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
