// Branded number types, so that code that passes a block id where a sequence id is expected does not compile. The
// types have no cost at run time.

declare const brand: unique symbol;
export type Branded<Name extends string> = number & { readonly [brand]: Name };

/** An index into the block pool. */
export type BlockId = Branded<'BlockId'>;
/** A node of the prefix tree. */
export type NodeId = Branded<'NodeId'>;
/** A sequence of the scheduler; never reused within an engine. */
export type SequenceId = Branded<'SequenceId'>;

export const blockId = (value: number): BlockId => value as BlockId;
export const nodeId = (value: number): NodeId => value as NodeId;
export const sequenceId = (value: number): SequenceId => value as SequenceId;
