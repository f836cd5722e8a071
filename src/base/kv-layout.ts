// The shape of the key-value memory. Layers that keep the same amount of history form a group; most models
// have one group, those where some layers slide have two. A block holds `blockSize` tokens of
// all layers of a group, keys and values, so that copying or storing a block is one contiguous range.

export interface KvGroup {
  /** layers of the model in this group, ascending */
  readonly layers: readonly number[];
  readonly kvHeads: number;
  readonly headDim: number;
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

/** Bytes of one block of every group. */
export function kvBlockBytes(layout: KvLayout): number {
  const bytes = (group: KvGroup): number =>
    ELEMENT_BYTES[layout.dtype] * kvBlockElements(layout, group) + 4 * kvBlockScales(layout, group);
  return layout.groups.reduce((sum, group) => sum + bytes(group), 0);
}
