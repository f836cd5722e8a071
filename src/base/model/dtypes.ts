// The data types in which weights are stored. A quantized type is described by its block: the elements that share a
// scale, and the bytes of a block. Code uses these properties and does not branch on names.

export interface Dtype {
  readonly name: DtypeName;
  /** elements in one block; 1 for plain types */
  readonly blockElements: number;
  /** bytes of one block */
  readonly blockBytes: number;
  /** whether elements share a scale, so that `lower` may quantize the activations to int8 */
  readonly quantized: boolean;
}

export const DTYPE_NAMES = [
  ...(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q4_K', 'Q5_K', 'Q6_K'] as const),
] as const;
export type DtypeName = (typeof DTYPE_NAMES)[number];

const plainType = (name: DtypeName, bytes: number): Dtype => ({
  name,
  blockElements: 1,
  blockBytes: bytes,
  quantized: false,
});

const quantizedType = (name: DtypeName, blockElements: number, blockBytes: number): Dtype => ({
  name,
  blockElements,
  blockBytes,
  quantized: true,
});

// Scales and minima are f16; kernels/reference/block-decoders.ts documents the layout of a block.
export const DTYPES: Readonly<Record<DtypeName, Dtype>> = {
  F32: plainType('F32', 4),
  F16: plainType('F16', 2),
  BF16: plainType('BF16', 2),
  Q8_0: quantizedType('Q8_0', 32, 2 + 32),
  Q4_0: quantizedType('Q4_0', 32, 2 + 16),
  Q4_1: quantizedType('Q4_1', 32, 2 + 2 + 16),
  Q5_0: quantizedType('Q5_0', 32, 2 + 4 + 16),
  Q5_1: quantizedType('Q5_1', 32, 2 + 2 + 4 + 16),
  // 8 groups of 32 elements (Q6_K: 16 of 16) with 6-bit (Q6_K: 8-bit) scales, multiplied by one f16 scale
  Q4_K: quantizedType('Q4_K', 256, 2 + 2 + 12 + 128),
  Q5_K: quantizedType('Q5_K', 256, 2 + 2 + 12 + 32 + 128),
  Q6_K: quantizedType('Q6_K', 256, 128 + 64 + 16 + 2),
};

/** Returns the bytes of `elements` values of `dtype`; `elements` must be a multiple of the block size. */
export function byteLength(dtype: Dtype, elements: number): number {
  return (elements / dtype.blockElements) * dtype.blockBytes;
}
