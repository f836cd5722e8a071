// The heart: plan, prepare, step, accept, emit, until nobody waits. One step runs at a time, off the main
// thread; requests that come or go meanwhile are seen before the next one.

import { assert } from '../base/assert.ts';
import type { StepPlan, StepResult } from '../base/step-plan.ts';
import type { Executable } from '../kernels/backend.ts';
import { selectionError } from '../sampler/selection-error.ts';
import { selectionRow } from '../sampler/selection-row.ts';
import type { ScheduledStep, Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { Generation } from './generation.ts';
import type { TokenBudget } from './token-budget.ts';

/** Sees each step; for the laboratory and for tests. */
export type StepObserver = (plan: StepPlan, result: StepResult) => void;

export class StepLoop {
  readonly #scheduler: Scheduler;
  readonly #executable: Executable;
  readonly #budget: TokenBudget;
  readonly #observe: StepObserver | undefined;
  readonly #generations = new Map<Sequence, Generation>();
  #running: Promise<void> | undefined;

  constructor(scheduler: Scheduler, executable: Executable, budget: TokenBudget, observe?: StepObserver) {
    this.#scheduler = scheduler;
    this.#executable = executable;
    this.#budget = budget;
    this.#observe = observe;
  }

  submit(generation: Generation): void {
    this.#scheduler.submit(generation.sequence);
    this.#generations.set(generation.sequence, generation);
    this.wake();
  }

  /** Something changed: a request came, or one is to be cancelled. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#scheduler.hasWork) this.wake();
    });
  }

  /** Ends every request with `error`. */
  abandon(error: unknown): void {
    for (const generation of this.#generations.values()) {
      this.#scheduler.finish(generation.sequence);
      generation.fail(error);
    }
    this.#generations.clear();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // requests made in the same turn of the event loop start together
    try {
      while (this.#scheduler.hasWork) {
        this.#dropCancelled();
        // However small the budget, each running sequence may have its next token.
        const step = this.#scheduler.plan(Math.max(this.#budget.tokens, this.#scheduler.runningCount));
        if (step === undefined) break;
        const plan = this.#prepare(step);
        const result = await this.#executable.step(plan);
        this.#budget.observe(plan.tokens.length, result.stepMs);
        this.#accept(step, result);
        this.#observe?.(plan, result);
        this.#emit(step, result);
      }
      assert(!this.#scheduler.hasWork, 'sequences wait and none can run');
    } catch (error) {
      this.abandon(error);
    }
  }

  #prepare(step: ScheduledStep): StepPlan {
    const selection = step.choosing.map((sequence) =>
      selectionRow(this.#generations.get(sequence)!.parameters, sequence, 0),
    );
    return { ...step.plan, selection, wantLogits: this.#observe !== undefined };
  }

  // What a step computed stays computed, but a sequence for which no token could be chosen gets none.
  #accept(step: ScheduledStep, { selected, outcomes }: StepResult): void {
    const isChosen = (_: unknown, row: number): boolean => outcomes[row] === 'chosen';
    this.#scheduler.accept({ ...step, choosing: step.choosing.filter(isChosen) }, selected.filter(isChosen));
  }

  #emit(step: ScheduledStep, result: StepResult): void {
    step.choosing.forEach((sequence, row) => {
      const generation = this.#generations.get(sequence);
      if (generation !== undefined && !generation.cancelled) this.#emitRow(generation, result, row);
    });
  }

  #emitRow(generation: Generation, { outcomes, selected, logprobs }: StepResult, row: number): void {
    const { parameters, sequence } = generation;
    const outcome = outcomes[row]!;
    if (outcome !== 'chosen') {
      const error = selectionError(outcome, parameters, sequence);
      this.#end(generation, () => generation.fail(error));
      return;
    }
    const reason = generation.accept(selected[row]!, logprobs[row]);
    if (reason !== undefined) this.#end(generation, () => generation.finish(reason));
  }

  #dropCancelled(): void {
    for (const generation of [...this.#generations.values()]) {
      if (generation.cancelled) this.#end(generation, () => generation.finish('cancelled'));
    }
  }

  // The scheduler lets go first, so that a caller who sees the end can count on the memory.
  #end(generation: Generation, settle: () => void): void {
    this.#scheduler.finish(generation.sequence);
    this.#generations.delete(generation.sequence);
    settle();
  }
}
