// The theoretical cost of a text by its length. Experiments compare these counts with the counts of the program and with
// measured times. An operation is one multiply or one add; sizes are in elements, lengths in tokens.

interface CachedLayers {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly elementBytes: number;
}

/** Returns the bytes of the keys and values of one token in all layers. A cache stores them, and each later token reads them. */
export const kvBytesPerToken = ({ layers, kvHeads, headDim, elementBytes }: CachedLayers): number =>
  2 * layers * kvHeads * headDim * elementBytes;

/** Layers that cache the same part of a text. */
interface CachedGroup extends CachedLayers {
  /** number of last tokens that the layers cache; absent if they cache all tokens */
  readonly window?: number | undefined;
}

/** Returns the bytes that a cache stores for `context` tokens: at most the window in layers with sliding windows. */
export const kvBytesOf = (groups: readonly CachedGroup[], context: number): number =>
  groups.reduce((sum, group) => sum + kvBytesPerToken(group) * Math.min(context, group.window ?? context), 0);

interface AttentionLayers {
  readonly layers: number;
  /** number of query heads; query heads that share keys are computed separately */
  readonly heads: number;
  readonly headDim: number;
}

/**
 * Returns the operations of one token that attends to `context` tokens, including itself: Q K^T and A V, each with a
 * multiply and an add for every element of every head. The softmax is not counted.
 */
export const attentionOps = ({
  layers,
  heads,
  headDim,
  context,
}: AttentionLayers & { readonly context: number }): number => 4 * layers * heads * headDim * context;

export interface Network extends AttentionLayers {
  /** operations of the linear layers per token, without the output head */
  readonly linearOps: number;
  /** operations of the output head per generated token */
  readonly headOps: number;
}

/**
 * Returns the operations to generate the next token of a text of `context` tokens. With a cache, only the last token is
 * computed and attends to all tokens: linear in `context`. Without a cache, all tokens are computed, and token p attends to
 * p tokens: quadratic.
 */
export function opsPerToken(
  network: Network,
  { context, cache }: { context: number; cache: boolean },
): number {
  const { linearOps, headOps } = network;
  const computed = cache ? 1 : context;
  const pairs = cache ? context : (context * (context + 1)) / 2;
  return computed * linearOps + headOps + attentionOps({ ...network, context: pairs });
}

/** Returns the maximum number of tokens that a sequence with blocks reserves but does not use, all in its last block. */
export const maxPagedWaste = ({ blockSize }: { readonly blockSize: number }): number => blockSize - 1;

/** Returns the number of tokens that a sequence reserves but does not use if it reserves the whole context. */
export const contiguousWaste = ({
  contextLength,
  used,
}: {
  readonly contextLength: number;
  readonly used: number;
}): number => contextLength - used;
