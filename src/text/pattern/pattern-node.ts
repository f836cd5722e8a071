// What a pattern says, before it is made into a program.

import { sum } from '../../base/sum.ts';
import type { CharacterSet } from './character-set.ts';

export type Anchor =
  | 'text start'
  | 'text end'
  | 'last line end'
  | 'line start'
  | 'line end'
  | 'word border'
  | 'within or outside words';

export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  /** the first that lets the rest match is taken */
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      /** Infinity where there is no limit */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | {
      readonly kind: 'look';
      readonly body: PatternNode;
      readonly behind: boolean;
      readonly negative: boolean;
    }
  /** what it matched first stays, whatever follows */
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  | { readonly kind: 'place'; readonly place: Anchor };

/** Code points that a node matches: the least and the most. */
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
    case 'place':
      return [0, 0];
  }
}
