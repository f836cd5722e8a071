// The parts of a parsed template that the interpreter looks into, each told by its `type`.

import { type Node, parse, type Value } from './library.ts';

export type { Node } from './library.ts';

export interface Block extends Node {
  readonly body: readonly Node[];
}

export interface If extends Block {
  readonly test: Node;
  readonly alternate: readonly Node[];
}

export interface For extends Block {
  /** an Identifier or a TupleLiteral of them */
  readonly loopvar: Node;
  /** a Select where the loop has a condition */
  readonly iterable: Node;
  readonly defaultBlock: readonly Node[];
}

export interface Select extends Node {
  readonly lhs: Node;
  readonly test: Node;
}

export interface SetStatement extends Block {
  /** null where the body is what is set */
  readonly value: Node | null;
}

export interface Identifier extends Node {
  readonly value: string;
}

export interface Tuple extends Node {
  readonly value: readonly Identifier[];
}

export interface Member extends Node {
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}

export interface Call extends Node {
  readonly callee: Node;
  readonly args: readonly Node[];
}

export interface NamedArgument extends Node {
  readonly key: Identifier;
  readonly value: Node;
}

export interface SpreadArgument extends Node {
  readonly argument: Node;
}

export interface Filtered extends Node {
  readonly operand: Node;
  readonly filter: Identifier | Call;
}

export interface FilterBlock extends Block {
  readonly filter: Identifier | Call;
}

export interface Tested extends Node {
  readonly operand: Node;
  readonly negate: boolean;
  readonly test: Identifier;
}

export interface Binary extends Node {
  readonly operator: { readonly value: string };
  readonly left: Node;
  readonly right: Node;
}

/** A value that was computed already, in the place of the node that gave it. */
export interface Held extends Node {
  readonly held: Value;
}

export const held = (value: Value): Held => ({ type: 'Held', held: value });

// The library's own class: it looks for statements among its own.
const Program = parse([]).constructor as new (body: readonly Node[]) => Node;

/** Statements as one node, so that the library runs them through `evaluate`. */
export const programOf = (body: readonly Node[]): Node => new Program(body);

/** The name of a filter and its arguments. */
export function filterParts(filter: Identifier | Call): { name: string; args: readonly Node[] } {
  if (filter.type === 'Identifier') return { name: (filter as Identifier).value, args: [] };
  const { callee, args } = filter as Call;
  return { name: (callee as Identifier).value, args };
}
