// The layout of KV memory. Layers that keep the same amount of history form a group: most models have one group; models in
// which only some layers use a sliding window have two. A block holds the keys and values of `blockSize` tokens for all
// layers of a group as one contiguous range. Each group has a separate pool of blocks.

/** Which positions of a sequence a group keeps: all, or only the last `window`, which a token attends to. */
export type KvKeeps = 'all' | { readonly window: number };

export interface KvGroup {
  /** layers of the model in this group, ascending */
  readonly layers: readonly number[];
  readonly kvHeads: number;
  readonly headDim: number;
  readonly keeps: KvKeeps;
}

/** Data types of stored keys and values; `int8` has one f32 scale for each token and head, separate for keys and values. */
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

/** Returns the number of scales of one block of a group, 0 for types without scales: [layers, 2, blockSize, kvHeads]. */
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

/** Returns how many tokens of a sequence of `length` tokens a group keeps. */
const keptTokens = ({ keeps }: KvGroup, length: number): number =>
  keeps === 'all' ? length : Math.min(length, keeps.window);

/** Returns the size in bytes of what all groups keep of a sequence of `length` tokens, not rounded up to blocks. */
export const kvSequenceBytes = (layout: KvLayout, length: number): number =>
  layout.groups.reduce((sum, group) => sum + keptTokens(group, length) * kvTokenBytes(layout, group), 0);
