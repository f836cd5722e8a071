// The engine loop: plan, prepare, step, accept, emit, until no request is left. One step runs at a time, off the main
// thread; requests that are submitted or cancelled meanwhile take effect before the next step.

import { assert } from '../base/assert.ts';
import type { SelectionRow } from '../base/step/selection.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { Executable } from '../kernels/backend.ts';
import { checkRow, GREEDY_ROW } from '../sampler/check-row.ts';
import { selectionError } from '../sampler/selection-error.ts';
import type { LogitsRow, ScheduledStep } from '../scheduler/build-step-plan.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { Generation } from './generation.ts';
import type { TokenBudget } from './token-budget.ts';

/**
 * Receives each step; for the laboratory and for tests. The adjustments in `plan.selection` are views that are valid only
 * until it returns: the next step overwrites them.
 */
export type StepObserver = (plan: StepPlan, result: StepResult) => void;

export interface StepLoopSetup {
  readonly scheduler: Scheduler;
  readonly executable: Executable;
  readonly budget: TokenBudget;
  /** token ids that may be sampled are below this */
  readonly vocabSize: number;
  readonly observe?: StepObserver | undefined;
}

export class StepLoop {
  readonly #scheduler: Scheduler;
  readonly #executable: Executable;
  readonly #budget: TokenBudget;
  readonly #observe: StepObserver | undefined;
  readonly #vocabSize: number;
  readonly #generations = new Map<Sequence, Generation>();
  // Requests of the current step whose selection row could not be built, with the error.
  readonly #unplanned = new Map<Generation, unknown>();
  #running: Promise<void> | undefined;
  #woken: (() => void) | undefined;

  /** @param setup.observe must not throw */
  constructor({ scheduler, executable, budget, vocabSize, observe }: StepLoopSetup) {
    this.#scheduler = scheduler;
    this.#executable = executable;
    this.#budget = budget;
    this.#vocabSize = vocabSize;
    this.#observe = observe;
  }

  submit(generation: Generation): void {
    this.#scheduler.submit(generation.sequence);
    this.#generations.set(generation.sequence, generation);
    this.wake();
  }

  /** Submits a fork of the running generation `parent`, from its next token on. */
  fork(parent: Generation, generation: Generation): void {
    this.#scheduler.fork(parent.sequence, generation.sequence);
    this.#generations.set(generation.sequence, generation);
    this.wake();
  }

  /** Runs the loop, or wakes it while it waits: a request was submitted, or one must be cancelled. */
  wake(): void {
    this.#woken?.();
    this.#woken = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#scheduler.hasWork) this.wake();
    });
  }

  /** Fails every request with `error`. */
  abandon(error: unknown): void {
    for (const generation of this.#generations.values()) {
      this.#scheduler.finish(generation.sequence);
      generation.fail(error);
    }
    this.#generations.clear();
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#woken = resolve;
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // requests submitted in the same event-loop iteration start in the same step
    try {
      while (this.#scheduler.hasWork) {
        this.#dropCancelled();
        // Even with a small budget, every running sequence may decode one token.
        const step = this.#scheduler.plan(Math.max(this.#budget.tokens, this.#scheduler.runningCount));
        if (step === undefined) {
          const { nextTransfer } = this.#scheduler;
          if (nextTransfer === undefined) break;
          await Promise.race([nextTransfer, this.#nextWake()]);
          continue;
        }
        const plan = this.#prepare(step);
        const result = await this.#executable.step(plan);
        this.#budget.observe(plan.tokens.length, result.stepMs);
        this.#observe?.(plan, result);
        this.#accept(step, result);
      }
      assert(!this.#scheduler.hasWork, 'sequences wait, but none can run');
    } catch (error) {
      this.abandon(error);
    }
  }

  #prepare({ rows, plan, work }: ScheduledStep): StepPlan {
    for (const { sequence, count } of work) this.#generations.get(sequence)?.beginStep(count);
    const selection = rows.map((row) => this.#selectionFor(row));
    return { ...plan, selection, wantLogits: this.#observe !== undefined };
  }

  // An invalid selection row fails only its own request. The step already includes the row, so it is replaced by a greedy
  // one, and the request fails after the step.
  #selectionFor({ sequence, tokens, drafts }: LogitsRow): SelectionRow {
    const generation = this.#generations.get(sequence);
    if (generation === undefined) return GREEDY_ROW;
    try {
      const row = generation.rows.after({ tokens, promptLength: sequence.promptLength }, drafts);
      checkRow(row, this.#vocabSize);
      return row;
    } catch (error) {
      this.#unplanned.set(generation, error);
      return GREEDY_ROW;
    }
  }

  // The whole step is committed before any callback runs: whatever a caller's code does or throws, the scheduler is in a
  // consistent state.
  #accept(step: ScheduledStep, result: StepResult): void {
    const taken = new Map<Generation, (() => void) | undefined>(); // with the function that ends it, if it ends
    this.#scheduler.accept(step, result, (sequence, row) => {
      const generation = this.#generations.get(sequence);
      if (generation === undefined || generation.cancelled) return true;
      const end = this.#take(generation, result, row);
      taken.set(generation, end);
      return end !== undefined;
    });
    this.#unplanned.clear();
    for (const [generation, end] of taken) this.#emit(generation, end);
  }

  // Adds a row's token to its generation. Returns a function that ends the generation, if it must end.
  #take(
    generation: Generation,
    { outcomes, selected, logprobs }: StepResult,
    row: number,
  ): (() => void) | undefined {
    const { parameters, sequence } = generation;
    const fail = (error: unknown) => () => generation.fail(error);
    if (this.#unplanned.has(generation)) return fail(this.#unplanned.get(generation));
    const outcome = outcomes[row]!;
    if (outcome !== 'chosen') return fail(selectionError(outcome, parameters, sequence));
    try {
      const reason = generation.take(selected[row]!, logprobs[row]);
      return reason === undefined ? undefined : () => generation.finish(reason);
    } catch (error) {
      return fail(error); // for example a tokenizer that fails to decode a token
    }
  }

  #emit(generation: Generation, end: (() => void) | undefined): void {
    if (!this.#generations.has(generation.sequence)) return; // ended by a callback of another request
    try {
      generation.emit();
    } catch (error) {
      return this.#end(generation, () => generation.fail(error));
    }
    if (end !== undefined) this.#end(generation, end);
  }

  #dropCancelled(): void {
    for (const generation of [...this.#generations.values()]) {
      if (generation.cancelled) this.#end(generation, () => generation.finish('cancelled'));
    }
  }

  // The scheduler releases the blocks first: when the caller is notified, the memory is free.
  #end(generation: Generation, settle: () => void): void {
    this.#scheduler.finish(generation.sequence);
    this.#generations.delete(generation.sequence);
    settle();
  }
}
