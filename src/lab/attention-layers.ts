// Groups the layers of a program by their attention. Most models have one kind of layer; models with sliding windows in
// some layers have two kinds.

import { sum } from '../base/sum.ts';
import type { Attention } from '../program/operations.ts';
import type { Program } from '../program/program.ts';
import { attentionOps } from './formulas.ts';

export interface AttentionLayers {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly window: number | undefined;
  /** layer numbers in the model, ascending */
  readonly layers: readonly number[];
}

export function attentionLayers(program: Program): AttentionLayers[] {
  const kinds = new Map<string, { attention: Attention; layers: number[] }>();
  for (const operation of program.operations) {
    if (operation.kind !== 'attention') continue;
    const { attention } = operation;
    const { group, layerInGroup, heads, kvHeads, headDim, window } = attention;
    const key = [group, heads, kvHeads, headDim, window].join();
    const kind = kinds.get(key) ?? { attention, layers: [] };
    kind.layers.push(program.kvGroups[group]!.layers[layerInGroup]!);
    kinds.set(key, kind);
  }
  return [...kinds.values()].map(({ attention: { heads, kvHeads, headDim, window }, layers }) => ({
    ...{ heads, kvHeads, headDim, window },
    layers,
  }));
}

/** Returns the operations of attention in all layers for one token that attends to `context` tokens, including itself. */
export const attentionOpsAt = (program: Program, context: number): number =>
  sum(
    attentionLayers(program).map(({ heads, headDim, window = context, layers }) =>
      attentionOps({ layers: layers.length, heads, headDim, context: Math.min(context, window) }),
    ),
  );
