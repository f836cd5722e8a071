// The time of the operations of a run, separately for steps that compute prompts and steps that only generate.

import { mean } from '../../lab/statistics.ts';
import type { Operation } from '../../program/operations.ts';
import type { Tape } from '../../program/tape.ts';
import type { LoggedStep } from './step-log.ts';

/** Times are milliseconds per step. */
export interface PhaseProfile {
  readonly steps: number;
  readonly stepMs: number;
  /** in descending order of time */
  readonly operations: readonly OperationTime[];
  /** of each thread: copies of blocks and rotary angles, before the first operation */
  readonly preparingMs: readonly number[];
  /** of each thread: time in which it has nothing to execute */
  readonly waitingMs: readonly number[];
}

export interface OperationTime {
  /** kind of the operation; for a linear layer also its weight and the type of the weight */
  readonly name: string;
  /** mean of the threads */
  readonly ms: number;
  /** of the duration of the steps */
  readonly share: number;
}

export interface Profile {
  readonly prefill?: PhaseProfile;
  readonly decode?: PhaseProfile;
}

/**
 * Returns the profile of steps whose times were measured.
 * @param promptTokens steps that compute an earlier position are prefill
 */
export function profileOf(steps: readonly LoggedStep[], tape: Tape, promptTokens: number): Profile {
  const isPrefill = ({ shape }: LoggedStep): boolean =>
    shape.positions.some((position) => position < promptTokens);
  const prefill = steps.filter(isPrefill);
  const decode = steps.filter((step) => !isPrefill(step));
  return {
    ...(prefill.length > 0 && { prefill: phaseProfile(prefill, tape) }),
    ...(decode.length > 0 && { decode: phaseProfile(decode, tape) }),
  };
}

function phaseProfile(steps: readonly LoggedStep[], tape: Tape): PhaseProfile {
  const stepMs = mean(steps.map((step) => step.stepMs));
  const times = steps.map((step) => step.times!);
  const names = tape.operations.map((operation) => operationName(operation, tape));
  const msByName = new Map(names.map((name) => [name, 0]));
  for (const threads of times)
    for (const { operationMs } of threads)
      for (const [i, ms] of operationMs.entries())
        msByName.set(names[i]!, msByName.get(names[i]!)! + ms / threads.length / steps.length);
  const ofThreads = (part: 'preparingMs' | 'waitingMs'): number[] =>
    times[0]!.map((_, thread) => mean(times.map((threads) => threads[thread]![part])));
  return {
    ...{ steps: steps.length, stepMs },
    operations: [...msByName]
      .map(([name, ms]) => ({ name, ms, share: ms / stepMs }))
      .toSorted((a, b) => b.ms - a.ms),
    preparingMs: ofThreads('preparingMs'),
    waitingMs: ofThreads('waitingMs'),
  };
}

// Names a linear layer as its tensor, without the number of the layer: `linear ffn_down Q8_0` for `blk.3.ffn_down.weight`.
function operationName(operation: Operation, { weights }: Tape): string {
  if (operation.kind !== 'linear') return operation.kind;
  const { tensor, dtype } = weights[operation.weight]!;
  return `linear ${tensor.replace(/^.*\.\d+\./, '').replace(/\.weight$/, '')} ${dtype}`;
}
