// The syntax tree of a pattern, from which a program is compiled.

import { sum } from '../../base/sum.ts';
import type { CharacterSet } from './character-set.ts';

export type Anchor =
  | 'text start'
  | 'text end'
  | 'last line end'
  | 'line start'
  | 'line end'
  | 'word boundary'
  | 'no word boundary';

export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  /** takes the first option with which the rest matches */
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      /** Infinity without a limit */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | {
      readonly kind: 'look';
      readonly body: PatternNode;
      readonly behind: boolean;
      readonly negative: boolean;
    }
  /** keeps its first match, whatever follows */
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  | { readonly kind: 'anchor'; readonly anchor: Anchor };

/** The least and the most code points that a node matches. */
export function lengthOf(node: PatternNode): readonly [least: number, most: number] {
  switch (node.kind) {
    case 'set':
      return [1, 1];
    case 'sequence': {
      const lengths = node.parts.map(lengthOf);
      return [sum(lengths.map(([least]) => least)), sum(lengths.map(([, most]) => most))];
    }
    case 'choice': {
      const lengths = node.options.map(lengthOf);
      return [Math.min(...lengths.map(([least]) => least)), Math.max(...lengths.map(([, most]) => most))];
    }
    case 'repeat': {
      const [least, most] = lengthOf(node.body);
      return [least * node.min, node.max === 0 || most === 0 ? 0 : most * node.max];
    }
    case 'atomic':
      return lengthOf(node.body);
    case 'look':
    case 'anchor':
      return [0, 0];
  }
}
