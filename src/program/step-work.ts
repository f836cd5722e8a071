// Counts what a step must read and compute, from which the shortest possible duration of the step is derived.

import { byteLength, DTYPES } from '../base/model/dtypes.ts';
import { type KvLayout, kvTokenBytes } from '../base/model/kv-layout.ts';
import type { StepPlan } from '../base/step/step-plan.ts';
import { sum } from '../base/sum.ts';
import type { Attention, OperationOf } from './operations.ts';
import type { Tape } from './tape.ts';

/** A multiplication and an addition are two operations. */
export interface StepWork {
  /** weights of linear layers, and keys and values to which the tokens attend */
  readonly bytesRead: number;
  /** operations of linear layers with quantized activations */
  readonly int8Ops: number;
  /** operations of linear layers with float weights, except BF16 */
  readonly f32Ops: number;
  /** operations of linear layers with BF16 weights */
  readonly bf16Ops: number;
  /** operations of the scores of attention if keys are int8 */
  readonly int16Ops: number;
  /** operations of the weighted values of attention, and of its scores if keys are floats */
  readonly attentionOps: number;
}

/** The parts of a step plan on which the work depends. */
export type StepShape = Pick<StepPlan, 'positions' | 'queryStart' | 'contextLength' | 'logitsRows'>;

type LinearOps = 'int8Ops' | 'f32Ops' | 'bf16Ops';

/** The linear layers that process one row for each token, or one for each row of logits. */
interface LinearWork extends Readonly<Record<LinearOps, number>> {
  readonly weightBytes: number;
}

/** The attention layers with the same window. */
interface AttentionWork {
  /** operations for each token and token to which it attends */
  readonly opsPerPair: number;
  /** keys and values of one token */
  readonly bytesPerToken: number;
  readonly window: number;
}

/** Returns a function that counts the work of a step of `tape` with keys and values in `layout`. */
export function stepWorkCounter(tape: Tape, layout: KvLayout): (step: StepShape) => StepWork {
  const ofTokens = linearWork(tape, 'T');
  const ofRows = linearWork(tape, 'R');
  const layers = attentionWork(tape, layout);
  return (step) => {
    const { length: tokens } = step.positions;
    const { length: rows } = step.logitsRows;
    const ops = (kind: LinearOps): number => tokens * ofTokens[kind] + rows * ofRows[kind];
    let bytesRead = ofTokens.weightBytes + (rows === 0 ? 0 : ofRows.weightBytes);
    let pairOps = 0;
    for (const { opsPerPair, bytesPerToken, window } of layers) {
      bytesRead += bytesPerToken * readTokens(step, window);
      pairOps += opsPerPair * attendedPairs(step, window);
    }
    const int16Ops = layout.dtype === 'int8' ? pairOps / 2 : 0; // half of the operations are those of scores
    return {
      ...{ bytesRead, int16Ops, attentionOps: pairOps - int16Ops },
      ...{ int8Ops: ops('int8Ops'), f32Ops: ops('f32Ops'), bf16Ops: ops('bf16Ops') },
    };
  };
}

function linearWork({ operations, buffers, weights }: Tape, rowsKind: 'T' | 'R'): LinearWork {
  const ops = { int8Ops: 0, f32Ops: 0, bf16Ops: 0 };
  const bytesByWeight = new Map<number, number>();
  for (const operation of operations) {
    if (operation.kind !== 'linear' || buffers[operation.output]!.rows !== rowsKind) continue;
    const { rows, columns, dtype } = weights[operation.weight]!;
    ops[linearOps(operation, { buffers, weights })] += 2 * rows * columns;
    bytesByWeight.set(operation.weight, rows * byteLength(DTYPES[dtype], columns));
  }
  return { ...ops, weightBytes: sum([...bytesByWeight.values()]) };
}

function linearOps(
  { input, weight }: OperationOf<'linear'>,
  { buffers, weights }: Pick<Tape, 'buffers' | 'weights'>,
): LinearOps {
  if (buffers[input]!.dtype === 'q8') return 'int8Ops';
  return weights[weight]!.dtype === 'BF16' ? 'bf16Ops' : 'f32Ops';
}

function attentionWork({ operations }: Tape, layout: KvLayout): AttentionWork[] {
  const attentions = operations.flatMap((operation) =>
    operation.kind === 'attention' ? [operation.attention] : [],
  );
  return [...new Set(attentions.map(({ window }) => window))].map((window) => {
    const layers = attentions.filter((attention) => attention.window === window);
    return {
      window: window ?? Number.POSITIVE_INFINITY,
      opsPerPair: sum(layers.map(({ heads, headDim }) => 4 * heads * headDim)),
      bytesPerToken: sum(layers.map((layer) => layerTokenBytes(layer, layout))),
    };
  });
}

function layerTokenBytes({ group }: Attention, layout: KvLayout): number {
  const kvGroup = layout.groups[group]!;
  return kvTokenBytes(layout, kvGroup) / kvGroup.layers.length;
}

// Returns the number of tokens whose keys and values a layer reads: of each sequence, the tokens to which at least one
// token of the step attends.
function readTokens({ positions, queryStart, contextLength }: StepShape, window: number): number {
  let count = 0;
  for (let s = 0; s < contextLength.length; s++) {
    const firstPosition = positions[queryStart[s]!]!;
    count += contextLength[s]! - Math.max(0, firstPosition + 1 - window);
  }
  return count;
}

// Returns the number of pairs of a token and a token to which it attends, including itself.
function attendedPairs({ positions }: StepShape, window: number): number {
  let pairs = 0;
  for (const position of positions) pairs += Math.min(position + 1, window);
  return pairs;
}
