// What theory says a text costs, by its length. Experiments hold these counts against what the program counts and what a
// clock measures. An operation is one multiply or one add; sizes are in elements, lengths in tokens.

interface Cached {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly elementBytes: number;
}

/** A key and a value of each KV head in each layer: what a cache keeps of a token, and each later token reads again. */
export const kvBytesPerToken = ({ layers, kvHeads, headDim, elementBytes }: Cached): number =>
  2 * layers * kvHeads * headDim * elementBytes;

/** A group of layers: all that keep as much of a text. */
interface KeptGroup extends Cached {
  /** tokens that they keep, the last ones; all when absent */
  readonly window?: number | undefined;
}

/** What a cache keeps of a text of `context` tokens: in layers that slide no more than their window. */
export const kvBytesOf = (groups: readonly KeptGroup[], context: number): number =>
  groups.reduce((sum, group) => sum + kvBytesPerToken(group) * Math.min(context, group.window ?? context), 0);

interface Attending {
  readonly layers: number;
  /** query heads: those that share keys still compute apart */
  readonly heads: number;
  readonly headDim: number;
}

/**
 * Of one token that sees `context` tokens, itself included: Q K^T and A V, each a multiply and an add for every
 * element of every head. The softmax between is left out.
 */
export const attentionOps = ({
  layers,
  heads,
  headDim,
  context,
}: Attending & { readonly context: number }): number => 4 * layers * heads * headDim * context;

export interface Network extends Attending {
  /** of the linears for each token, the head apart */
  readonly linearOps: number;
  /** of the head, for each token that is chosen */
  readonly headOps: number;
}

/**
 * Of choosing the next token of a text of `context` tokens. With a cache only the last token is computed, and it
 * attends to all: a line in `context`. Without one all are, and token p attends to p: a square.
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

/** Most tokens of memory that a sequence holds and does not use, in blocks: those left in its last block. */
export const wasteBound = ({ blockSize }: { readonly blockSize: number }): number => blockSize - 1;

/** The same where a sequence holds one run of the whole context. */
export const contiguousWaste = ({
  contextLength,
  used,
}: {
  readonly contextLength: number;
  readonly used: number;
}): number => contextLength - used;
