// Distinct types for distinct numbers: a block id handed to something that wants a sequence id does not
// compile. They cost nothing at run time.

declare const brand: unique symbol;
export type Branded<Name extends string> = number & { readonly [brand]: Name };

/** An index into the block pool. */
export type BlockId = Branded<'BlockId'>;
/** A node of the prefix tree. */
export type NodeId = Branded<'NodeId'>;
/** One run of tokens that the engine computes; never reused within an engine. */
export type SequenceId = Branded<'SequenceId'>;

export const blockId = (value: number): BlockId => value as BlockId;
export const nodeId = (value: number): NodeId => value as NodeId;
export const sequenceId = (value: number): SequenceId => value as SequenceId;
