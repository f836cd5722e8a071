// The layout of KV memory. Layers that keep the same number of tokens form a layer group: most models have one group;
// models in which only some layers use a sliding window have two. A block holds the keys and values of `blockSize`
// tokens for all layers of a group as one contiguous range. Each group has a separate pool of blocks.

/**
 * The positions of a sequence that a group keeps: all, or the last `window`, which are those that a token attends to.
 */
export type KvKeeps = 'all' | { readonly window: number };

export interface KvGroup {
  /** layers of the model in this group, ascending */
  readonly layers: readonly number[];
  readonly kvHeads: number;
  readonly headDim: number;
  readonly keeps: KvKeeps;
}

/**
 * Data types of cached keys and values. With `int8`, the key and the value of each token and head have one f32 scale
 * each.
 */
export const KV_DTYPES = ['f32', 'f16', 'bf16', 'int8'] as const;
export type KvDtype = (typeof KV_DTYPES)[number];

export interface KvLayout {
  readonly groups: readonly KvGroup[];
  readonly dtype: KvDtype;
  /** tokens in a block */
  readonly blockSize: number;
}

/** Returns the number of elements of one block of a group: [layers, 2 (key, value), blockSize, kvHeads, headDim]. */
export function kvBlockElements(layout: KvLayout, group: KvGroup): number {
  return group.layers.length * 2 * layout.blockSize * group.kvHeads * group.headDim;
}

/**
 * Returns the number of scales of one block of a group, 0 for types without scales: [layers, 2, blockSize, kvHeads].
 */
export function kvBlockScales(layout: KvLayout, group: KvGroup): number {
  return layout.dtype === 'int8' ? kvBlockElements(layout, group) / group.headDim : 0;
}

const ELEMENT_BYTES: Readonly<Record<KvDtype, number>> = { f32: 4, f16: 2, bf16: 2, int8: 1 };

/** Returns the size in bytes of one block of a group. */
export function kvBlockBytes(layout: KvLayout, group: KvGroup): number {
  return ELEMENT_BYTES[layout.dtype] * kvBlockElements(layout, group) + 4 * kvBlockScales(layout, group);
}

/** Returns the size in bytes of the keys and values of one token in all layers of a group. */
export function kvTokenBytes(layout: KvLayout, group: KvGroup): number {
  return kvBlockBytes(layout, group) / layout.blockSize;
}

/** Returns the number of tokens that a group keeps of a sequence of `length` tokens. */
const keptTokens = ({ keeps }: KvGroup, length: number): number =>
  keeps === 'all' ? length : Math.min(length, keeps.window);

/** Returns the bytes of the KV data that all groups keep of a sequence of `length` tokens, not rounded up to blocks. */
export const kvSequenceBytes = (layout: KvLayout, length: number): number =>
  layout.groups.reduce((sum, group) => sum + keptTokens(group, length) * kvTokenBytes(layout, group), 0);
