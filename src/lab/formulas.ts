// The theoretical cost of a text by its length. Experiments compare these counts with those of the program and with
// measured times. An operation is one multiply or one add; sizes are in elements, lengths in tokens.

interface Cached {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly elementBytes: number;
}

/** A key and a value of each KV head in each layer: a cache stores them per token, and each later token reads them. */
export const kvBytesPerToken = ({ layers, kvHeads, headDim, elementBytes }: Cached): number =>
  2 * layers * kvHeads * headDim * elementBytes;

/** A group of layers that cache the same part of a text. */
interface KeptGroup extends Cached {
  /** the last tokens that they cache; all when absent */
  readonly window?: number | undefined;
}

/** Bytes that a cache stores of a text of `context` tokens: at most the window in layers with sliding windows. */
export const kvBytesOf = (groups: readonly KeptGroup[], context: number): number =>
  groups.reduce((sum, group) => sum + kvBytesPerToken(group) * Math.min(context, group.window ?? context), 0);

interface Attending {
  readonly layers: number;
  /** query heads: heads that share keys are still computed separately */
  readonly heads: number;
  readonly headDim: number;
}

/**
 * Operations of one token that attends to `context` tokens, itself included: Q K^T and A V, each a multiply and an add
 * for every element of every head. The softmax is not counted.
 */
export const attentionOps = ({
  layers,
  heads,
  headDim,
  context,
}: Attending & { readonly context: number }): number => 4 * layers * heads * headDim * context;

export interface Network extends Attending {
  /** of the linear layers per token, without the head */
  readonly linearOps: number;
  /** of the head, per generated token */
  readonly headOps: number;
}

/**
 * Operations to generate the next token of a text of `context` tokens. With a cache only the last token is computed, and
 * it attends to all: linear in `context`. Without one all tokens are computed, and token p attends to p: quadratic.
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

/** The most tokens that a sequence reserves and does not use with blocks: the rest of its last block. */
export const wasteBound = ({ blockSize }: { readonly blockSize: number }): number => blockSize - 1;

/** The same where a sequence reserves the whole context. */
export const contiguousWaste = ({
  contextLength,
  used,
}: {
  readonly contextLength: number;
  readonly used: number;
}): number => contextLength - used;
