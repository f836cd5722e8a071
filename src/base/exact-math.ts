// Logarithm, exponential and power, computed with operations that IEEE 754 rounds exactly. Those of `Math` may differ between
// JavaScript engines and processors; then a cache of keys and values that one machine wrote would be invalid on another.

const LN2_HIGH = 0.6931471803691238; // the last 21 bits are zero, so multiples up to 2^20 are exact
const LN2_LOW = 1.9082149292705877e-10;

/** Returns the natural logarithm of a positive number, with a relative error below 1e-15 except near 1. */
export function exactLog(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : Number.NaN;
  let exponent = 0;
  let mantissa = x;
  for (; mantissa > Math.SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  // log m = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1), at most 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 25; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * sum);
}

/** Returns e^x, with a relative error below 1e-15 (1 + |x|). */
export function exactExp(x: number): number {
  if (!(x > -745)) return Number.isNaN(x) ? x : 0;
  if (x > 710) return Infinity;
  const n = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let result = 1;
  for (let k = 18; k >= 1; k--) result = 1 + (r / k) * result;
  // In two steps, because 2^n may be infinite or subnormal where the result is not.
  const half = Math.trunc(n / 2);
  return result * powerOfTwo(half) * powerOfTwo(n - half);
}

/** Returns base^exponent for a positive base. */
export const exactPower = (base: number, exponent: number): number =>
  exponent === 0 ? 1 : exactExp(exponent * exactLog(base));

function powerOfTwo(exponent: number): number {
  let power = 1;
  for (let i = Math.abs(exponent); i > 0; i--) power *= exponent < 0 ? 0.5 : 2;
  return power;
}
