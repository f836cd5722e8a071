// Converts half-precision floats, stored as 16-bit integers. Decoding is exact, because both formats are subsets of
// f32. With a lookup table of all 65,536 values, decoding is one load.

const scratch = new DataView(new ArrayBuffer(4));

/** Decodes IEEE 754 binary16 bits. */
export function f16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Decodes bfloat16 bits, the upper half of an f32. */
export function bf16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Encodes a number as binary16, rounded to nearest, ties to even; larger values become infinite. */
export function numberToF16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** -14) return sign | nearestEven(magnitude * 2 ** 24);
  if (magnitude >= 65_520) return sign | 0x7c00;
  const exponent = Math.floor(Math.log2(magnitude));
  // A fraction that rounds up to 1024 carries into the exponent, which is correct.
  return sign | (((exponent + 15) << 10) + nearestEven((magnitude / 2 ** exponent - 1) * 1024));
}

/** Encodes an f32 value as bfloat16, rounded to nearest, ties to even. */
export function numberToBf16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function nearestEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  return fraction > 0.5 || (fraction === 0.5 && below % 2 === 1) ? below + 1 : below;
}

const lazyTable = (decode: (bits: number) => number): (() => Float32Array) => {
  let cached: Float32Array | undefined;
  return () => {
    cached ??= Float32Array.from({ length: 65536 }, (_, bits) => decode(bits));
    return cached;
  };
};

/** All binary16 values by their bits. [65536] */
export const f16Table = lazyTable(f16ToNumber);
/** All bfloat16 values by their bits. [65536] */
export const bf16Table = lazyTable(bf16ToNumber);
