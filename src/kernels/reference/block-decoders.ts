// Decodes rows of each quantized type to doubles. Decoding is exact: rounded to f32, a value equals that of ggml and
// the `gguf` package, and sums over a group stay exact. Each type is one function over a block; the layouts are those
// of ggml's quants (ggml-common.h).
//
// Arrays are passed as arguments rather than captured by closures, because V8 then keeps them in registers: decoding
// takes most of the time of a decode step.

import { byteLength, DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import { f16Table } from '../../base/model/half.ts';

/** Decodes the block at byte `from` to `target`, starting at `at`; `scales` maps the bits of an f16 to its value. */
type BlockDecoder = (
  bytes: Uint8Array,
  from: number,
  scales: Float32Array,
  target: Float64Array,
  at: number,
) => void;

type BlockDtype = Exclude<DtypeName, 'F32' | 'F16' | 'BF16'>;

/** Returns a function that writes row `row` of a matrix of `columns` to `target`, starting at `at`. */
export function blockRowDecoder(
  dtype: BlockDtype,
  buffer: ArrayBufferLike,
  columns: number,
): (row: number, target: Float64Array, at: number) => void {
  const bytes = new Uint8Array(buffer);
  const { blockElements, blockBytes } = DTYPES[dtype];
  const rowBytes = byteLength(DTYPES[dtype], columns);
  const decode = BLOCK_DECODERS[dtype];
  const scales = f16Table();
  return (row, target, at) => {
    let from = row * rowBytes;
    for (let to = at; to < at + columns; to += blockElements, from += blockBytes)
      decode(bytes, from, scales, target, to);
  };
}

function f16(bytes: Uint8Array, at: number, scales: Float32Array): number {
  return scales[bytes[at]! | (bytes[at + 1]! << 8)]!;
}

const signed = (byte: number): number => (byte << 24) >> 24;

// Q8_0: scale, 32 signed bytes.
const decodeQ8: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from, scales);
  for (let i = 0; i < 32; i++) target[at + i] = scale * signed(b[from + 2 + i]!);
};

// Q4_0: scale, 16 bytes; byte i holds elements i (low) and i + 16 (high), each stored plus 8.
const decodeQ40: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from, scales);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 2 + i]!;
    target[at + i] = scale * ((byte & 15) - 8);
    target[at + 16 + i] = scale * ((byte >> 4) - 8);
  }
};

// Q4_1: scale, minimum, 16 bytes as in Q4_0.
const decodeQ41: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from, scales);
  const minimum = f16(b, from + 2, scales);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 4 + i]!;
    target[at + i] = scale * (byte & 15) + minimum;
    target[at + 16 + i] = scale * (byte >> 4) + minimum;
  }
};

// Q5_0: scale, the fifth bits of all 32 elements, 16 bytes as in Q4_0; each element is stored plus 16.
const decodeQ50: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from, scales);
  const high = word(b, from + 2);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 6 + i]!;
    target[at + i] = scale * (((byte & 15) | (((high >>> i) & 1) << 4)) - 16);
    target[at + 16 + i] = scale * (((byte >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
  }
};

// Q5_1: scale, minimum, fifth bits, 16 bytes.
const decodeQ51: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from, scales);
  const minimum = f16(b, from + 2, scales);
  const high = word(b, from + 4);
  for (let i = 0; i < 16; i++) {
    const byte = b[from + 8 + i]!;
    target[at + i] = scale * ((byte & 15) | (((high >>> i) & 1) << 4)) + minimum;
    target[at + 16 + i] = scale * ((byte >> 4) | (((high >>> (i + 16)) & 1) << 4)) + minimum;
  }
};

const word = (b: Uint8Array, at: number): number =>
  b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24);

// Scales and minima of K types: 8 of each in 12 bytes. Bytes 0 to 3 and 4 to 7 hold the low six bits of the first
// four scales and minima. Bytes 8 to 11 hold the low four bits of the last four of both; their upper two bits are the
// upper two bits of bytes 0 to 7.
const scaleOf = (b: Uint8Array, at: number, group: number): number =>
  group < 4 ? b[at + group]! & 63 : (b[at + group + 4]! & 15) | ((b[at + group - 4]! >> 6) << 4);
const minimumOf = (b: Uint8Array, at: number, group: number): number =>
  group < 4 ? b[at + group + 4]! & 63 : (b[at + group + 4]! >> 4) | ((b[at + group]! >> 6) << 4);

// Q4_K: scale of scales, scale of minima, 12 bytes of both, 128 bytes: 32 bytes hold two groups, low and high
// nibbles.
const decodeQ4K: BlockDecoder = (b, from, scales, target, at) => {
  for (let group = 0; group < 8; group++) decodeGroup(b, from, from + 16, group, scales, target, at);
};

// Q5_K: as Q4_K, preceded by the fifth bits in 32 bytes: bit g of byte i belongs to element i of group g.
const decodeQ5K: BlockDecoder = (b, from, scales, target, at) => {
  const high = from + 16;
  for (let group = 0; group < 8; group++) {
    decodeGroup(b, from, from + 48, group, scales, target, at);
    const fifth = 16 * f16(b, from, scales) * scaleOf(b, from + 4, group);
    for (let i = 0; i < 32; i++) if ((b[high + i]! >> group) & 1) target[at + group * 32 + i]! += fifth;
  }
};

// Decodes a group of 32 from the low four bits of its elements; `low` is the offset of these in the block.
function decodeGroup(
  b: Uint8Array,
  from: number,
  low: number,
  group: number,
  scales: Float32Array,
  target: Float64Array,
  at: number,
): void {
  const scale = f16(b, from, scales) * scaleOf(b, from + 4, group);
  const shift = f16(b, from + 2, scales) * minimumOf(b, from + 4, group);
  const first = low + (group >> 1) * 32;
  const bits = (group & 1) * 4;
  const to = at + group * 32;
  for (let i = 0; i < 32; i++) target[to + i] = scale * ((b[first + i]! >> bits) & 15) - shift;
}

// Q6_K: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, scale of scales. Two halves of 128
// elements; in each, four runs of 32 share 64 low bytes and 32 upper bytes; each element is stored plus 32.
const decodeQ6K: BlockDecoder = (b, from, scales, target, at) => {
  const scale = f16(b, from + 208, scales);
  for (let run = 0; run < 8; run++) {
    const half = run >> 2;
    const inHalf = run & 3;
    const low = from + half * 64 + (inHalf & 1) * 32;
    const lowBits = (inHalf >> 1) * 4;
    const high = from + 128 + half * 32;
    const highBits = inHalf * 2;
    for (let i = 0; i < 32; i++) {
      const groupScale = scale * signed(b[from + 192 + run * 2 + (i >> 4)]!);
      const value = ((b[low + i]! >> lowBits) & 15) | (((b[high + i]! >> highBits) & 3) << 4);
      target[at + run * 32 + i] = groupScale * (value - 32);
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
