// The syntax tree of a pattern, from which program.ts compiles a program.

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
  /** matches the first option after which the remaining pattern matches */
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      /** Infinity if there is no limit */
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | {
      readonly kind: 'look';
      readonly body: PatternNode;
      readonly isLookbehind: boolean;
      readonly isNegated: boolean;
    }
  /** matches `body` once: other matches of it are not tried if the remaining pattern fails */
  | { readonly kind: 'atomic'; readonly body: PatternNode }
  | { readonly kind: 'anchor'; readonly anchor: Anchor };

/** Returns the minimum and maximum number of code points that a node matches. */
export function lengthOf(node: PatternNode): readonly [min: number, max: number] {
  switch (node.kind) {
    case 'set':
      return [1, 1];
    case 'sequence': {
      const lengths = node.parts.map(lengthOf);
      return [sum(lengths.map(([min]) => min)), sum(lengths.map(([, max]) => max))];
    }
    case 'choice': {
      const lengths = node.options.map(lengthOf);
      return [Math.min(...lengths.map(([min]) => min)), Math.max(...lengths.map(([, max]) => max))];
    }
    case 'repeat': {
      const [min, max] = lengthOf(node.body);
      return [min * node.min, node.max === 0 || max === 0 ? 0 : max * node.max];
    }
    case 'atomic':
      return lengthOf(node.body);
    case 'look':
    case 'anchor':
      return [0, 0];
  }
}
