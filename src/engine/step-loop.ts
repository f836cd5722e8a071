// The heart: plan, prepare, step, accept, emit, until nobody waits. One step runs at a time, off the main
// thread; requests that come or go meanwhile are seen before the next one.

import { assert } from '../base/assert.ts';
import type { SelectionRow } from '../base/step/selection.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { Executable } from '../kernels/backend.ts';
import { checkRow, GREEDY_ROW } from '../sampler/check-row.ts';
import { selectionError } from '../sampler/selection-error.ts';
import type { ChoosingRow, ScheduledStep } from '../scheduler/build-step-plan.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { Generation } from './generation.ts';
import type { TokenBudget } from './token-budget.ts';

/**
 * Sees each step; for the laboratory and for tests. The adjustments in `plan.selection` are views that are valid until it
 * returns: the next step changes them in place.
 */
export type StepObserver = (plan: StepPlan, result: StepResult) => void;

export interface StepLoopSetup {
  readonly scheduler: Scheduler;
  readonly executable: Executable;
  readonly budget: TokenBudget;
  /** ids that may be chosen are below */
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
  // Requests of the step under way for which no row could be made, and why.
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

  /** As `submit`, as a fork of the answer `parent`, from its next token on; `parent` is under way. */
  fork(parent: Generation, generation: Generation): void {
    this.#scheduler.fork(parent.sequence, generation.sequence);
    this.#generations.set(generation.sequence, generation);
    this.wake();
  }

  /** Something changed: a request came, or one is to be cancelled. */
  wake(): void {
    this.#woken?.();
    this.#woken = undefined;
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

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#woken = resolve;
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // requests made in the same turn of the event loop start together
    try {
      while (this.#scheduler.hasWork) {
        this.#dropCancelled();
        // However small the budget, each running sequence may have its next token.
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
      assert(!this.#scheduler.hasWork, 'sequences wait and none can run');
    } catch (error) {
      this.abandon(error);
    }
  }

  #prepare({ rows, plan, work }: ScheduledStep): StepPlan {
    for (const { sequence, count } of work) this.#generations.get(sequence)?.beginStep(count);
    const selection = rows.map((row) => this.#selectionFor(row));
    return { ...plan, selection, wantLogits: this.#observe !== undefined };
  }

  // What cannot be asked of a backend is the fault of one request. Its row is there already, so it gets a plain one,
  // and the request fails when the step is over.
  #selectionFor({ sequence, tokens, drafts }: ChoosingRow): SelectionRow {
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

  // The step is committed wholly before anybody hears of it: what a caller's code then does, or throws, meets a scheduler
  // that is at rest.
  #accept(step: ScheduledStep, result: StepResult): void {
    const taken = new Map<Generation, (() => void) | undefined>(); // and how it ends, if it does
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

  // Hands a row's token to its answer; returns how to end it when that is to be.
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
      return fail(error); // a tokenizer that cannot tell a token's bytes, for example
    }
  }

  #emit(generation: Generation, end: (() => void) | undefined): void {
    if (!this.#generations.has(generation.sequence)) return; // ended meanwhile, by what another one's caller did
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

  // The scheduler lets go first, so that a caller who sees the end can count on the memory.
  #end(generation: Generation, settle: () => void): void {
    this.#scheduler.finish(generation.sequence);
    this.#generations.delete(generation.sequence);
    settle();
  }
}
