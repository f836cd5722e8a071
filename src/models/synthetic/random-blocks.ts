// Generates random weights of every type as the bytes of their blocks: random quants with one fixed scale, so that the
// values are uniform around zero and have roughly the standard deviation of trained weights. The bytes depend only on
// the seed, and are generated as fast as a disk can store them.

import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { numberToBf16, numberToF16 } from '../../base/model/half.ts';

export class RandomBlocks {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  }

  /** Fills `target` with whole blocks whose values have about the standard deviation `spread`. */
  fill(dtype: DtypeName, spread: number, target: Uint8Array): void {
    if (dtype === 'F32') return this.#fillFloats(target, spread);
    this.#fillBytes(target);
    if (dtype === 'F16') return fillHalves(target, spread, numberToF16);
    if (dtype === 'BF16') return fillHalves(target, spread, numberToBf16);
    const patch = PATCHES[dtype];
    const { blockBytes } = DTYPES[dtype];
    for (let offset = 0; offset < target.length; offset += blockBytes) patch(target, offset, spread);
  }

  // xorshift32 (Marsaglia 2003)
  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  #fillBytes(target: Uint8Array): void {
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length >> 2);
    for (let i = 0; i < words.length; i++) words[i] = this.#next();
    for (let i = words.length * 4; i < target.length; i++) target[i] = this.#next();
  }

  #fillFloats(target: Uint8Array, spread: number): void {
    const values = new Float32Array(target.buffer, target.byteOffset, target.length >> 2);
    for (let i = 0; i < values.length; i++) values[i] = uniformValue(this.#next() >>> 16, spread);
  }
}

const MAX_UINT16 = 65_535;

/** Maps 16 random bits to a value from -sqrt(3) to sqrt(3) times `spread`. */
const uniformValue = (bits: number, spread: number): number =>
  ((2 * bits) / MAX_UINT16 - 1) * Math.sqrt(3) * spread;

function fillHalves(target: Uint8Array, spread: number, encode: (value: number) => number): void {
  const table = Uint16Array.from({ length: 256 }, (_, byte) => encode(uniformValue(byte * 257, spread)));
  const values = new Uint16Array(target.buffer, target.byteOffset, target.length >> 1);
  for (let i = 0; i < values.length; i++) values[i] = table[values[i]! & 255]!;
}

/** Writes scales, and minima if the type has them, into a block of random bytes. */
type Patch = (block: Uint8Array, offset: number, spread: number) => void;
type Quantized = Exclude<DtypeName, 'F32' | 'F16' | 'BF16'>;

// Returns the standard deviation of uniform integers of `bits` bits.
const spreadOfBits = (bits: number): number => 2 ** bits / Math.sqrt(12);
/** Scale of each group of a K type. */
const GROUP_SCALE = 32;

const PATCHES: Readonly<Record<Quantized, Patch>> = {
  Q8_0: scalePatch(8, 0),
  Q4_0: scalePatch(4, 0),
  Q5_0: scalePatch(5, 0),
  Q4_1: scaleAndMinimumPatch(4),
  Q5_1: scaleAndMinimumPatch(5),
  Q4_K: groupPatch(4),
  Q5_K: groupPatch(5),
  Q6_K: (block, offset, spread) => {
    block.fill(GROUP_SCALE, offset + 192, offset + 208);
    writeF16(block, offset + 208, spread / spreadOfBits(6) / GROUP_SCALE);
  },
};

// Writes one scale. The quants are signed, so their mean is near zero.
function scalePatch(bits: number, scaleOffset: number): Patch {
  return (block, offset, spread) => writeF16(block, offset + scaleOffset, spread / spreadOfBits(bits));
}

// Writes a scale and a minimum. The quants start at 0, so the minimum moves their mean to zero.
function scaleAndMinimumPatch(bits: number): Patch {
  return (block, offset, spread) => {
    const scale = spread / spreadOfBits(bits);
    writeF16(block, offset, scale);
    writeF16(block, offset + 2, (-scale * (2 ** bits - 1)) / 2);
  };
}

// Twelve bytes that encode eight scales and eight minima of six bits, all with the value 32. Bytes 0 to 7 contain bit 5
// of the first four and the upper two bits of the last four.
const SIX_BIT_32 = [0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0, 0, 0, 0];

function groupPatch(bits: number): Patch {
  return (block, offset, spread) => {
    const scale = spread / spreadOfBits(bits) / GROUP_SCALE;
    writeF16(block, offset, scale);
    writeF16(block, offset + 2, (scale * (2 ** bits - 1)) / 2);
    block.set(SIX_BIT_32, offset + 4);
  };
}

function writeF16(block: Uint8Array, offset: number, value: number): void {
  const bits = numberToF16(value);
  block[offset] = bits & 255;
  block[offset + 1] = bits >> 8;
}
