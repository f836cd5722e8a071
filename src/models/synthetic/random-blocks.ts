// Random weights of every type, generated as the bytes of their blocks: random quants under one fixed scale, so that
// values are uniform around zero with roughly the spread of trained weights. Reproducible by seed, and as fast as a disk.

import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { numberToBf16, numberToF16 } from '../../base/model/half.ts';

/** Fills `target` with whole blocks whose values have about the standard deviation `spread`. */
export class RandomBlocks {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  }

  fill(dtype: DtypeName, spread: number, target: Uint8Array): void {
    if (dtype === 'F32') return this.#floats(target, spread);
    this.#bytes(target);
    if (dtype === 'F16') return halves(target, spread, numberToF16);
    if (dtype === 'BF16') return halves(target, spread, numberToBf16);
    const patch = PATCHES[dtype];
    const { blockBytes } = DTYPES[dtype];
    for (let at = 0; at < target.length; at += blockBytes) patch(target, at, spread);
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

  #bytes(target: Uint8Array): void {
    const words = new Uint32Array(target.buffer, target.byteOffset, target.length >> 2);
    for (let i = 0; i < words.length; i++) words[i] = this.#next();
    for (let i = words.length * 4; i < target.length; i++) target[i] = this.#next();
  }

  #floats(target: Uint8Array, spread: number): void {
    const values = new Float32Array(target.buffer, target.byteOffset, target.length >> 2);
    for (let i = 0; i < values.length; i++) values[i] = uniform(this.#next() >>> 16, spread);
  }
}

const MAX_UINT16 = 65_535;

/** Maps 16 random bits to a value from -sqrt(3) to sqrt(3) times `spread`. */
const uniform = (bits: number, spread: number): number =>
  ((2 * bits) / MAX_UINT16 - 1) * Math.sqrt(3) * spread;

function halves(target: Uint8Array, spread: number, encode: (value: number) => number): void {
  const table = Uint16Array.from({ length: 256 }, (_, byte) => encode(uniform(byte * 257, spread)));
  const values = new Uint16Array(target.buffer, target.byteOffset, target.length >> 1);
  for (let i = 0; i < values.length; i++) values[i] = table[values[i]! & 255]!;
}

/** Writes scales (and minima) into a block of random bytes. */
type Patch = (block: Uint8Array, at: number, spread: number) => void;
type Quantized = Exclude<DtypeName, 'F32' | 'F16' | 'BF16'>;

// Standard deviation of uniform integers of `bits` bits.
const spreadOfBits = (bits: number): number => 2 ** bits / Math.sqrt(12);
/** Scale of every group in a K type. */
const GROUP_SCALE = 32;

const PATCHES: Readonly<Record<Quantized, Patch>> = {
  Q8_0: scaled(8, 0),
  Q4_0: scaled(4, 0),
  Q5_0: scaled(5, 0),
  Q4_1: shifted(4),
  Q5_1: shifted(5),
  Q4_K: grouped(4),
  Q5_K: grouped(5),
  Q6_K: (block, at, spread) => {
    block.fill(GROUP_SCALE, at + 192, at + 208);
    putF16(block, at + 208, spread / spreadOfBits(6) / GROUP_SCALE);
  },
};

// One scale; the quants are signed, so their mean is near zero.
function scaled(bits: number, offset: number): Patch {
  return (block, at, spread) => putF16(block, at + offset, spread / spreadOfBits(bits));
}

// A scale and a minimum; the quants start at 0, so the minimum moves their mean to zero.
function shifted(bits: number): Patch {
  return (block, at, spread) => {
    const scale = spread / spreadOfBits(bits);
    putF16(block, at, scale);
    putF16(block, at + 2, (-scale * (2 ** bits - 1)) / 2);
  };
}

// Twelve bytes that encode eight scales and eight minima of six bits, all 32. Bytes 0 to 7 hold bit 5 of the first four
// and the upper two bits of the last four.
const SIX_BIT_32 = [0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0, 0, 0, 0];

function grouped(bits: number): Patch {
  return (block, at, spread) => {
    const scale = spread / spreadOfBits(bits) / GROUP_SCALE;
    putF16(block, at, scale);
    putF16(block, at + 2, (scale * (2 ** bits - 1)) / 2);
    block.set(SIX_BIT_32, at + 4);
  };
}

function putF16(block: Uint8Array, at: number, value: number): void {
  const bits = numberToF16(value);
  block[at] = bits & 255;
  block[at + 1] = bits >> 8;
}
