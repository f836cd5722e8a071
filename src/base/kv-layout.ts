// The shape of the key-value memory. Layers that keep the same amount of history form a group; most models
// have one group, those where some layers slide have two. A block holds `blockSize` tokens of
// all layers of a group, keys and values, so that copying or storing a block is one contiguous range.

export interface KvGroup {
  /** layers of the model in this group, ascending */
  readonly layers: readonly number[];
  readonly kvHeads: number;
  readonly headDim: number;
}

export interface KvLayout {
  readonly groups: readonly KvGroup[];
  /** tokens in a block */
  readonly blockSize: number;
}

/** Elements of one block of a group: [layers, 2 (key, value), blockSize, kvHeads, headDim]. */
export function kvBlockElements(layout: KvLayout, group: KvGroup): number {
  return group.layers.length * 2 * layout.blockSize * group.kvHeads * group.headDim;
}

/** Bytes of one block of every group, in f32. */
export function kvBlockBytes(layout: KvLayout): number {
  return layout.groups.reduce((bytes, group) => bytes + 4 * kvBlockElements(layout, group), 0);
}
