// Records the steps of an engine: pass `observe` as `onStep`. The engine then returns the logits of every generated token,
// which takes time, so no times are measured with a recorder.

import type { StepPlan, StepResult } from '../base/step/step-plan.ts';

export interface RecordedStep {
  readonly plan: StepPlan;
  readonly result: StepResult;
}

export class StepRecorder {
  readonly steps: RecordedStep[] = [];
  readonly observe = (plan: StepPlan, result: StepResult): void => {
    this.steps.push({ plan, result });
  };

  /** Returns the logits of each generated token, in order; [vocabSize] each. */
  rows(): Float32Array[] {
    return this.steps.flatMap(({ plan, result }) => {
      const logits = result.logits;
      const count = plan.logitsRows.length;
      if (logits === undefined || count === 0) return [];
      const vocabSize = logits.length / count;
      return Array.from({ length: count }, (_, row) => logits.slice(row * vocabSize, (row + 1) * vocabSize));
    });
  }

  clear(): void {
    this.steps.length = 0;
  }
}

/** Returns the largest difference between elements with the same index; infinite if the lengths differ. */
export function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [row, left] of a.entries()) {
    const right = b[row]!;
    if (left.length !== right.length) return Number.POSITIVE_INFINITY;
    for (let i = 0; i < left.length; i++) largest = Math.max(largest, Math.abs(left[i]! - right[i]!));
  }
  return largest;
}
