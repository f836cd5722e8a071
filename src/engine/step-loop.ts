// The engine loop: plan, prepare, step, accept and emit, until no request is left. One step runs at a time, on another thread.
// Requests that are submitted or cancelled during a step take effect before the next step.

import { assert } from '../base/assert.ts';
import type { SelectionRow } from '../base/step/selection.ts';
import type { StepPlan, StepResult } from '../base/step/step-plan.ts';
import type { Executable } from '../kernels/backend.ts';
import { checkRow, GREEDY_ROW } from '../sampler/check-row.ts';
import { selectionError } from '../sampler/selection-error.ts';
import type { LogitsRow, ScheduledStep } from '../scheduler/build-step-plan.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import { Embedding } from './embedding.ts';
import { Generation } from './generation.ts';
import type { TokenBudget } from './token-budget.ts';

/**
 * Called after each step, for the laboratory and for tests. The adjustments in `plan.selection` are valid only until the observer
 * returns, because the next step overwrites them.
 */
export type StepObserver = (plan: StepPlan, result: StepResult) => void;

/** The token budgets of steps in which a sequence generates tokens, and of steps that only compute prompts. */
export interface StepBudgets {
  readonly decode: TokenBudget;
  readonly prompts: TokenBudget;
}

export interface StepLoopSetup {
  readonly scheduler: Scheduler;
  readonly executable: Executable;
  readonly budgets: StepBudgets;
  /** number of token ids that can be sampled */
  readonly vocabSize: number;
  readonly observe?: StepObserver | undefined;
}

export class StepLoop {
  readonly #scheduler: Scheduler;
  readonly #executable: Executable;
  readonly #budgets: StepBudgets;
  readonly #observe: StepObserver | undefined;
  readonly #vocabSize: number;
  readonly #requests = new Map<Sequence, Generation | Embedding>();
  // Errors of requests of the current step whose selection row could not be created.
  readonly #rowErrors = new Map<Generation, unknown>();
  #running: Promise<void> | undefined;
  #resolveWake: (() => void) | undefined;

  /** @param setup.observe must not throw */
  constructor({ scheduler, executable, budgets, vocabSize, observe }: StepLoopSetup) {
    this.#scheduler = scheduler;
    this.#executable = executable;
    this.#budgets = budgets;
    this.#vocabSize = vocabSize;
    this.#observe = observe;
  }

  submit(request: Generation | Embedding): void {
    this.#scheduler.submit(request.sequence);
    this.#requests.set(request.sequence, request);
    this.wake();
  }

  /** Submits a fork of the running generation `parent`. The fork samples independently from the next token on. */
  fork(parent: Generation, generation: Generation): void {
    this.#scheduler.fork(parent.sequence, generation.sequence);
    this.#requests.set(generation.sequence, generation);
    this.wake();
  }

  /** Starts the loop, or wakes it if it is waiting. Call this after a request was submitted or cancelled. */
  wake(): void {
    this.#resolveWake?.();
    this.#resolveWake = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#scheduler.hasWork) this.wake();
    });
  }

  /** Fails every request with `error`. */
  abandon(error: unknown): void {
    for (const request of this.#requests.values()) {
      this.#scheduler.finish(request.sequence);
      request.fail(error);
    }
    this.#requests.clear();
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolveWake = resolve;
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // requests submitted in the same event-loop iteration start in the same step
    try {
      while (this.#scheduler.hasWork) {
        this.#endCancelled();
        const budget = this.#scheduler.isDecoding ? this.#budgets.decode : this.#budgets.prompts;
        // Even with a small budget, every running sequence may decode one token.
        const step = this.#scheduler.plan(Math.max(budget.tokens, this.#scheduler.runningCount));
        if (step === undefined) {
          const { nextTransfer } = this.#scheduler;
          if (nextTransfer === undefined) break;
          await Promise.race([nextTransfer, this.#nextWake()]);
          continue;
        }
        const plan = this.#prepare(step);
        const result = await this.#executable.step(plan);
        budget.observe(plan.tokens.length, result.stepMs);
        this.#observe?.(plan, result);
        this.#accept(step, result);
      }
      assert(!this.#scheduler.hasWork, 'sequences are waiting, but no sequence can run');
    } catch (error) {
      this.abandon(error);
    }
  }

  #generationOf(sequence: Sequence): Generation | undefined {
    const request = this.#requests.get(sequence);
    return request instanceof Generation ? request : undefined;
  }

  #prepare({ rows, plan, work }: ScheduledStep): StepPlan {
    for (const { sequence, count } of work) this.#requests.get(sequence)?.beginStep(count);
    const selection = rows.map((row) => this.#selectionFor(row));
    return { ...plan, selection, wantLogits: this.#observe !== undefined };
  }

  // Returns the selection row of a request. If the row is invalid, only this request must fail. The step plan already includes the
  // row, so this returns a greedy row instead, and the request fails after the step.
  #selectionFor({ sequence, tokens, drafts }: LogitsRow): SelectionRow {
    const generation = this.#generationOf(sequence);
    if (generation === undefined) return GREEDY_ROW;
    try {
      const row = generation.rows.rowAfter({ tokens, promptLength: sequence.promptLength }, drafts);
      checkRow(row, this.#vocabSize);
      return row;
    } catch (error) {
      this.#rowErrors.set(generation, error);
      return GREEDY_ROW;
    }
  }

  // Commits the whole step before any callback runs, so that the scheduler is in a consistent state even if a callback of a caller
  // throws or starts other requests.
  #accept(step: ScheduledStep, result: StepResult): void {
    const ends = new Map<Generation, (() => void) | undefined>(); // functions that end the generations that are complete
    const embeddings = new Set<Embedding>(); // those that are complete
    this.#scheduler.accept(
      step,
      result,
      (sequence, row) => {
        const generation = this.#generationOf(sequence);
        if (generation === undefined || generation.cancelled) return true;
        const end = this.#addToken(generation, result, row);
        ends.set(generation, end);
        return end !== undefined;
      },
      (sequence, from, to) => {
        const embedding = this.#requests.get(sequence);
        if (embedding instanceof Embedding && embedding.add(result.vectors!, from, to))
          embeddings.add(embedding);
      },
    );
    this.#rowErrors.clear();
    for (const embedding of embeddings) this.#end(embedding, () => embedding.finish());
    for (const [generation, end] of ends) this.#emit(generation, end);
  }

  // Adds the token of a row to a generation. If the generation must end, returns a function that ends it.
  #addToken(
    generation: Generation,
    { outcomes, selected, logprobs }: StepResult,
    row: number,
  ): (() => void) | undefined {
    const { parameters, sequence } = generation;
    const fail = (error: unknown) => () => generation.fail(error);
    if (this.#rowErrors.has(generation)) return fail(this.#rowErrors.get(generation));
    const outcome = outcomes[row]!;
    if (outcome !== 'chosen') return fail(selectionError(outcome, parameters, sequence));
    try {
      const reason = generation.addToken(selected[row]!, logprobs[row]);
      return reason === undefined ? undefined : () => generation.finish(reason);
    } catch (error) {
      return fail(error); // for example if the tokenizer fails to decode a token
    }
  }

  #emit(generation: Generation, end: (() => void) | undefined): void {
    if (!this.#requests.has(generation.sequence)) return; // a callback of another request has ended the generation
    try {
      generation.emit();
    } catch (error) {
      return this.#end(generation, () => generation.fail(error));
    }
    if (end !== undefined) this.#end(generation, end);
  }

  #endCancelled(): void {
    for (const request of [...this.#requests.values()]) {
      if (request.cancelled) this.#end(request, () => request.endCancelled());
    }
  }

  // Releases the blocks before the caller is notified, so that the memory is already free.
  #end({ sequence }: Generation | Embedding, settle: () => void): void {
    this.#scheduler.finish(sequence);
    this.#requests.delete(sequence);
    settle();
  }
}
