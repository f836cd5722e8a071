// Decides who computes which tokens in the next step, first come, first served: admits waiting sequences
// while the cache has room, shares the step's token budget among the running ones, and lays the plan out in
// flat arrays. Pure TypeScript over numbers: it knows no text, no tensors and no threads.

import { QuireError } from '../base/errors.ts';
import type { StepPlan } from '../base/step-plan.ts';
import type { BlockCopies, KvCache } from '../kv/kv-cache.ts';
import type { Sequence } from './sequence.ts';
import { shareBudget } from './share-budget.ts';

export interface SchedulerLimits {
  /** most sequences in a step */
  readonly maxRunning: number;
  /** groups of layers, each with a block table of its own */
  readonly kvGroups: number;
}

/** A step before the sampler has said how to choose. */
export interface ScheduledStep {
  readonly work: readonly SequenceWork[];
  /** sequences whose next token this step chooses, in order of `plan.logitsRows` */
  readonly choosing: readonly Sequence[];
  readonly plan: Omit<StepPlan, 'selection' | 'wantLogits'>;
}

interface SequenceWork {
  readonly sequence: Sequence;
  /** tokens computed in this step */
  readonly count: number;
}

export class Scheduler {
  readonly #cache: KvCache;
  readonly #limits: SchedulerLimits;
  readonly #waiting: Sequence[] = [];
  readonly #running: Sequence[] = [];
  #copies: BlockCopies = [];

  constructor(cache: KvCache, limits: SchedulerLimits) {
    this.#cache = cache;
    this.#limits = limits;
  }

  get hasWork(): boolean {
    return this.#waiting.length + this.#running.length > 0;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Queues a sequence; raises `kv_memory_too_small` for one that could never be admitted. */
  submit(sequence: Sequence): void {
    if (sequence.capacity > this.#cache.maxLength) {
      throw new QuireError(
        'kv_memory_too_small',
        `prompt and answer may take ${sequence.capacity} tokens, but KV memory holds ${this.#cache.maxLength}`,
        'give more KV memory, or ask for fewer tokens',
      );
    }
    this.#waiting.push(sequence);
  }

  /**
   * The next step, or undefined when there is nothing to do.
   * @param tokenBudget most tokens computed in it
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admit();
    const counts = shareBudget(
      this.#running.map(({ uncomputed }) => uncomputed),
      tokenBudget,
    );
    const work = this.#running
      .map((sequence, i) => ({ sequence, count: counts[i]! }))
      .filter(({ count }) => count > 0);
    return work.length === 0 ? undefined : this.#layOut(work);
  }

  /**
   * Takes a step's outcome: its tokens are computed, and the chosen ones are appended.
   * @param selected chosen tokens in order of `step.choosing`. [R]
   */
  accept(step: ScheduledStep, selected: Int32Array): void {
    for (const { sequence, count } of step.work) {
      if (sequence.cached === undefined) continue; // finished while the step ran
      this.#cache.commit(sequence.cached, sequence.cached.computed + count);
      sequence.computedTokens += count;
    }
    step.choosing.forEach((sequence, row) => {
      if (sequence.cached === undefined) return;
      this.#cache.chosen(sequence.cached);
      if (sequence.length < sequence.capacity) sequence.append(selected[row]!);
    });
  }

  /** Ends a sequence, waiting or running; what it computed may be kept. Not while a step with it runs. */
  finish(sequence: Sequence): void {
    remove(this.#waiting, sequence);
    remove(this.#running, sequence);
    if (sequence.cached !== undefined) this.#cache.close(sequence.cached, sequence.tokens);
    sequence.cached = undefined;
    sequence.state = 'finished';
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#running.length < this.#limits.maxRunning) {
      const sequence = this.#waiting[0]!;
      const cached = this.#cache.open(sequence.tokens, sequence.capacity, this.#copies);
      if (cached === undefined) return;
      this.#waiting.shift();
      sequence.cached = cached;
      sequence.cachedTokens = cached.computed;
      sequence.state = 'running';
      this.#running.push(sequence);
    }
  }

  #layOut(work: readonly SequenceWork[]): ScheduledStep {
    const total = work.reduce((sum, { count }) => sum + count, 0);
    const tokens = new Int32Array(total);
    const positions = new Int32Array(total);
    const queryStart = new Int32Array(work.length + 1);
    const contextLength = new Int32Array(work.length);
    const logitsRows: number[] = [];
    const choosing: Sequence[] = [];
    let at = 0;
    work.forEach(({ sequence, count }, s) => {
      const { computed } = sequence.cached!;
      const length = computed + count;
      this.#cache.extend(sequence.cached!, length, this.#copies);
      tokens.set(sequence.tokens.subarray(computed, length), at);
      for (let i = 0; i < count; i++) positions[at + i] = computed + i;
      at += count;
      queryStart[s + 1] = at;
      contextLength[s] = length;
      if (length === sequence.length) {
        logitsRows.push(at - 1);
        choosing.push(sequence);
      }
    });
    const { maxBlocks, blockTable } = this.#blockTables(work);
    const copies = Int32Array.from(this.#copies);
    this.#copies = [];
    const rows = Int32Array.from(logitsRows);
    const plan = {
      tokens,
      positions,
      queryStart,
      contextLength,
      maxBlocks,
      blockTable,
      copies,
      logitsRows: rows,
    };
    return { work, choosing, plan };
  }

  #blockTables(work: readonly SequenceWork[]): Pick<StepPlan, 'maxBlocks' | 'blockTable'> {
    const maxBlocks = Math.max(...work.map(({ sequence }) => sequence.cached!.blocks.length));
    const table = new Int32Array(work.length * maxBlocks);
    work.forEach(({ sequence }, s) => {
      table.set(sequence.cached!.blocks, s * maxBlocks);
    });
    // Without sliding layers all groups keep the same tokens, and so the same blocks.
    return { maxBlocks, blockTable: Array.from({ length: this.#limits.kvGroups }, () => table) };
  }
}

function remove(list: Sequence[], sequence: Sequence): void {
  const index = list.indexOf(sequence);
  if (index >= 0) list.splice(index, 1);
}
