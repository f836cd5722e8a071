// The shape of the key-value memory. Layers that keep the same amount of history form a group: most models have one
// group, those where only some layers slide have two. A block holds `blockSize` tokens of all layers of a group, keys
// and values, so that copying or storing a block is one contiguous range. Each group has blocks of its own.

/** What a group keeps of a sequence: all positions, or as many of the last ones as a token attends to. */
export type KvKeeps = 'all' | { readonly window: number };

export interface KvGroup {
  /** layers of the model in this group, ascending */
  readonly layers: readonly number[];
  readonly kvHeads: number;
  readonly headDim: number;
  readonly keeps: KvKeeps;
}

/** What keys and values are stored as; `int8` with one f32 scale for each token and head, keys and values apart. */
export const KV_DTYPES = ['f32', 'f16', 'bf16', 'int8'] as const;
export type KvDtype = (typeof KV_DTYPES)[number];

export interface KvLayout {
  readonly groups: readonly KvGroup[];
  readonly dtype: KvDtype;
  /** tokens in a block */
  readonly blockSize: number;
}

/** Elements of one block of a group: [layers, 2 (key, value), blockSize, kvHeads, headDim]. */
export function kvBlockElements(layout: KvLayout, group: KvGroup): number {
  return group.layers.length * 2 * layout.blockSize * group.kvHeads * group.headDim;
}

/** Scales of one block of a group, where its dtype has any: [layers, 2, blockSize, kvHeads]. */
export function kvBlockScales(layout: KvLayout, group: KvGroup): number {
  return layout.dtype === 'int8' ? kvBlockElements(layout, group) / group.headDim : 0;
}

const ELEMENT_BYTES: Readonly<Record<KvDtype, number>> = { f32: 4, f16: 2, bf16: 2, int8: 1 };

/** Bytes of one block of a group. */
export function kvBlockBytes(layout: KvLayout, group: KvGroup): number {
  return ELEMENT_BYTES[layout.dtype] * kvBlockElements(layout, group) + 4 * kvBlockScales(layout, group);
}

/** Bytes of the keys and values of one token, in all layers of a group. */
export function kvTokenBytes(layout: KvLayout, group: KvGroup): number {
  return kvBlockBytes(layout, group) / layout.blockSize;
}

/** Tokens of `length` whose keys and values a group keeps. */
const keptTokens = ({ keeps }: KvGroup, length: number): number =>
  keeps === 'all' ? length : Math.min(length, keeps.window);

/** Bytes of the keys and values that all groups keep of a sequence of `length` tokens, not rounded to blocks. */
export const kvSequenceBytes = (layout: KvLayout, length: number): number =>
  layout.groups.reduce((sum, group) => sum + keptTokens(group, length) * kvTokenBytes(layout, group), 0);
