// Decodes rows of quantized types to doubles. Values are exact, so that sums over a group are exact too; rounded to f32,
// they equal the values that ggml and the `gguf` package compute. One function decodes a block of each type. The block
// formats are those of ggml (ggml-common.h).
//
// Arrays are arguments instead of captured variables, because V8 then keeps them in registers: a decode step spends most of
// its time here.

import { byteLength, DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { f16Table } from '../../base/model/half.ts';

/** Decodes the block at byte `from` to `target`, from index `to` on. `scales` maps the bits of an f16 number to its value. */
type BlockDecoder = (
  bytes: Uint8Array,
  from: number,
  scales: Float32Array,
  target: Float64Array,
  to: number,
) => void;

type BlockDtype = Exclude<DtypeName, 'F32' | 'F16' | 'BF16'>;

/** Returns a function that decodes row `row` of a matrix with `columns` columns to `target`, from index `to` on. */
export function blockRowDecoder(
  dtype: BlockDtype,
  buffer: ArrayBufferLike,
  columns: number,
): (row: number, target: Float64Array, to: number) => void {
  const bytes = new Uint8Array(buffer);
  const { blockElements, blockBytes } = DTYPES[dtype];
  const rowBytes = byteLength(DTYPES[dtype], columns);
  const decode = BLOCK_DECODERS[dtype];
  const scales = f16Table();
  return (row, target, to) => {
    let from = row * rowBytes;
    for (let blockTo = to; blockTo < to + columns; blockTo += blockElements, from += blockBytes)
      decode(bytes, from, scales, target, blockTo);
  };
}

function f16At(bytes: Uint8Array, at: number, scales: Float32Array): number {
  return scales[bytes[at]! | (bytes[at + 1]! << 8)]!;
}

const toSigned = (byte: number): number => (byte << 24) >> 24;

// Q8_0: scale; 32 signed bytes.
const decodeQ8: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from, scales);
  for (let i = 0; i < 32; i++) target[to + i] = scale * toSigned(b[from + 2 + i]!);
};

// Q4_0: scale; 16 bytes, of which byte i contains elements i (low bits) and i + 16 (high bits), stored plus 8.
const decodeQ40: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from, scales);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 2 + i]!;
    target[to + i] = scale * ((byte & 15) - 8);
    target[to + 16 + i] = scale * ((byte >> 4) - 8);
  }
};

// Q4_1: scale; minimum; 16 bytes as in Q4_0.
const decodeQ41: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from, scales);
  const minimum = f16At(b, from + 2, scales);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 4 + i]!;
    target[to + i] = scale * (byte & 15) + minimum;
    target[to + 16 + i] = scale * (byte >> 4) + minimum;
  }
};

// Q5_0: scale; fifth bits of the 32 elements; 16 bytes as in Q4_0. Elements are stored plus 16.
const decodeQ50: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from, scales);
  const fifthBits = wordAt(b, from + 2);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 6 + i]!;
    target[to + i] = scale * (((byte & 15) | (((fifthBits >>> i) & 1) << 4)) - 16);
    target[to + 16 + i] = scale * (((byte >> 4) | (((fifthBits >>> (i + 16)) & 1) << 4)) - 16);
  }
};

// Q5_1: scale; minimum; fifth bits of the 32 elements; 16 bytes as in Q4_0.
const decodeQ51: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from, scales);
  const minimum = f16At(b, from + 2, scales);
  const fifthBits = wordAt(b, from + 4);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 8 + i]!;
    target[to + i] = scale * ((byte & 15) | (((fifthBits >>> i) & 1) << 4)) + minimum;
    target[to + 16 + i] = scale * ((byte >> 4) | (((fifthBits >>> (i + 16)) & 1) << 4)) + minimum;
  }
};

const wordAt = (b: Uint8Array, at: number): number =>
  b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24);

// The 12 bytes of Q4_K and Q5_K with eight 6-bit scales and eight 6-bit minima. The low six bits of bytes 0 to 3 are the
// first four scales, those of bytes 4 to 7 the first four minima. Bytes 8 to 11 contain the low four bits of the last four
// scales (low bits) and minima (high bits). The high two bits of these scales and minima are the high two bits of bytes 0 to
// 7.
const scaleOf = (b: Uint8Array, at: number, group: number): number =>
  group < 4 ? b[at + group]! & 63 : (b[at + group + 4]! & 15) | ((b[at + group - 4]! >> 6) << 4);
const minimumOf = (b: Uint8Array, at: number, group: number): number =>
  group < 4 ? b[at + group + 4]! & 63 : (b[at + group + 4]! >> 4) | ((b[at + group]! >> 6) << 4);

// Q4_K: scale of the scales; scale of the minima; 12 bytes of scales and minima; 128 bytes, of which 32 bytes contain two
// groups: the first group in the low four bits, the second group in the high four bits.
const decodeQ4K: BlockDecoder = (b, from, scales, target, to) => {
  for (let group = 0; group < 8; group++) decodeGroup(b, from, from + 16, group, scales, target, to);
};

// Q5_K: as Q4_K, with 32 bytes of fifth bits before the 128 bytes: bit g of byte i is the fifth bit of element i of group g.
const decodeQ5K: BlockDecoder = (b, from, scales, target, to) => {
  const fifthBitsAt = from + 16;
  for (let group = 0; group < 8; group++) {
    decodeGroup(b, from, from + 48, group, scales, target, to);
    const fifth = 16 * f16At(b, from, scales) * scaleOf(b, from + 4, group);
    for (let i = 0; i < 32; i++)
      if ((b[fifthBitsAt + i]! >> group) & 1) target[to + group * 32 + i]! += fifth;
  }
};

// Decodes a group of 32 elements with four bits. `elementsAt` is the index of the 128 bytes of the block that contain the
// elements.
function decodeGroup(
  b: Uint8Array,
  from: number,
  elementsAt: number,
  group: number,
  scales: Float32Array,
  target: Float64Array,
  to: number,
): void {
  const scale = f16At(b, from, scales) * scaleOf(b, from + 4, group);
  const minimum = f16At(b, from + 2, scales) * minimumOf(b, from + 4, group);
  const groupAt = elementsAt + (group >> 1) * 32;
  const shift = (group & 1) * 4;
  const groupTo = to + group * 32;
  for (let i = 0; i < 32; i++) target[groupTo + i] = scale * ((b[groupAt + i]! >> shift) & 15) - minimum;
}

// Q6_K: 128 bytes with the low four bits; 64 bytes with the high two bits; 16 signed scales; scale of the scales. The block
// consists of two halves with four groups of 32 elements. The groups of a half share 64 bytes of low bits and 32 bytes of
// high bits. Elements are stored plus 32.
const decodeQ6K: BlockDecoder = (b, from, scales, target, to) => {
  const scale = f16At(b, from + 208, scales);
  for (let group = 0; group < 8; group++) {
    const half = group >> 2;
    const groupInHalf = group & 3;
    const lowBitsAt = from + half * 64 + (groupInHalf & 1) * 32;
    const lowShift = (groupInHalf >> 1) * 4;
    const highBitsAt = from + 128 + half * 32;
    const highShift = groupInHalf * 2;
    for (let i = 0; i < 32; i++) {
      const groupScale = scale * toSigned(b[from + 192 + group * 2 + (i >> 4)]!);
      const value = ((b[lowBitsAt + i]! >> lowShift) & 15) | (((b[highBitsAt + i]! >> highShift) & 3) << 4);
      target[to + group * 32 + i] = groupScale * (value - 32);
    }
  }
};

const BLOCK_DECODERS: Readonly<Record<BlockDtype, BlockDecoder>> = {
  Q8_0: decodeQ8,
  Q4_0: decodeQ40,
  Q4_1: decodeQ41,
  Q5_0: decodeQ50,
  Q5_1: decodeQ51,
  Q4_K: decodeQ4K,
  Q5_K: decodeQ5K,
  Q6_K: decodeQ6K,
};
