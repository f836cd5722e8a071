// An executable that computes nothing and simulates the duration of steps with a simple cost model. Scheduler and cache are
// tested with it, with more sequences and longer contexts than real steps allow in a test.

import type { StepPlan, StepResult } from '../../base/step/step-plan.ts';
import type { Executable } from '../backend.ts';

/** The parts of the duration of a step, in milliseconds. */
export interface StepCosts {
  /** per step, for reading the weights */
  readonly step: number;
  /** per computed token */
  readonly token: number;
  /** per computed token and token to which it attends, for reading keys and values */
  readonly attended: number;
}

/** Approximately the costs of a model with half a billion parameters on two cores. */
export const SMALL_MODEL_COSTS: StepCosts = { step: 25, token: 1.2, attended: 0.0006 };

export class SimulatedExecutable implements Executable {
  /** simulated milliseconds since the start; a simulation can advance the time between steps */
  now = 0;
  readonly #costs: StepCosts;
  readonly #choose: (row: number, plan: StepPlan) => number;

  /** @param choose returns the chosen token for a row of `plan.logitsRows` */
  constructor(costs: StepCosts, choose: (row: number, plan: StepPlan) => number) {
    this.#costs = costs;
    this.#choose = choose;
  }

  step(plan: StepPlan): Promise<StepResult> {
    const stepMs = this.costOf(plan);
    this.now += stepMs;
    const { length } = plan.logitsRows;
    const selected = new Int32Array(length);
    for (let row = 0; row < length; row++) selected[row] = this.#choose(row, plan);
    const outcomes = new Array<'chosen'>(length).fill('chosen');
    return Promise.resolve({ selected, outcomes, logprobs: new Array(length), stepMs });
  }

  /** Returns the duration of a step. Every token attends to itself and all previous tokens. */
  costOf({ tokens, queryStart, contextLength }: StepPlan): number {
    let attended = 0;
    for (let s = 0; s < contextLength.length; s++) {
      const count = queryStart[s + 1]! - queryStart[s]!;
      attended += count * (contextLength[s]! - (count - 1) / 2);
    }
    return this.#costs.step + tokens.length * this.#costs.token + attended * this.#costs.attended;
  }

  readBlock(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }

  async writeBlock(): Promise<void> {}

  async setAdapter(): Promise<void> {}

  async dispose(): Promise<void> {}
}
