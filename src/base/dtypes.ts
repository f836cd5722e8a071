// The element types that weights are stored in. Quantized types are described by their block: how many
// elements share a scale, and how many bytes a block takes. Code asks the description, never the name.

export interface Dtype {
  readonly name: DtypeName;
  /** elements in one block; 1 for plain types */
  readonly blockElements: number;
  /** bytes of one block */
  readonly blockBytes: number;
  /** elements share a scale, so that `lower` may put an int8 activation before it */
  readonly quantized: boolean;
}

export type DtypeName = 'F32' | 'F16' | 'BF16' | 'Q8_0';

const plain = (name: DtypeName, bytes: number): Dtype => ({
  name,
  blockElements: 1,
  blockBytes: bytes,
  quantized: false,
});

export const DTYPES: Readonly<Record<DtypeName, Dtype>> = {
  F32: plain('F32', 4),
  F16: plain('F16', 2),
  BF16: plain('BF16', 2),
  // 32 signed bytes after one f16 scale
  Q8_0: { name: 'Q8_0', blockElements: 32, blockBytes: 34, quantized: true },
};

/** Bytes of `elements` values of `dtype`; `elements` must be a multiple of the block. */
export function byteLength(dtype: Dtype, elements: number): number {
  return (elements / dtype.blockElements) * dtype.blockBytes;
}
