// Decides which tokens of which sequences the next step computes. Planning has three parts: sequences are admitted
// (admission.ts), the step's token budget is shared among the running sequences (share-budget.ts), and the plan is
// laid out in flat arrays (build-step-plan.ts). Accepting the result has two: computed tokens are committed, chosen
// tokens are appended. Forks and drafts have their own files. The scheduler handles numbers only: no text, tensors or
// threads.

import { assert } from '../base/assert.ts';
import type { StepResult } from '../base/step/step-plan.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { EventRing } from '../kv/event-ring.ts';
import type { KvCache, KvSequence } from '../kv/kv-cache.ts';
import { Admission } from './admission.ts';
import { buildStepPlan, type PlannedWork, type ScheduledStep, type SequenceWork } from './build-step-plan.ts';
import { Drafts, NO_DRAFTS } from './drafts.ts';
import { Forks } from './forks.ts';
import { firstCome, type Rank } from './policies.ts';
import type { RankedList } from './ranked-list.ts';
import type { Sequence } from './sequence.ts';
import { shareBudget } from './share-budget.ts';

export interface SchedulerLimits {
  /** maximum number of sequences in a step */
  readonly maxRunning: number;
  /** maximum number of tokens chosen in a step; at least `maxRunning` */
  readonly maxRows: number;
  /** maximum length of the queue; a longer one is rejected with `busy` */
  readonly maxWaiting?: number;
  /** maximum draft tokens per sequence and step; 0 disables drafting */
  readonly draftTokens?: number;
  /** order of scheduling; first come, first served by default */
  readonly rank?: Rank;
  readonly events?: EventRing;
}

/** The tokens that a step chose. [R] */
export type SelectedTokens = Pick<StepResult, 'selected' | 'outcomes'>;

/** Called for each chosen token of a sequence; returns true when the sequence is complete. */
export type OnToken = (sequence: Sequence, row: number) => boolean;

/** What is left of a step's limits for drafts and forks. */
interface Unused {
  tokens: number;
  rows: number;
  /** forks that start in the step */
  forks: number;
}

export class Scheduler {
  readonly events: EventRing;
  readonly #cache: KvCache;
  readonly #limits: SchedulerLimits;
  readonly #admission: Admission;
  readonly #running: RankedList;
  readonly #forks = new Forks();
  readonly #drafts: Drafts;
  readonly #copies: BlockCopies; // pending for the next step

  constructor(cache: KvCache, limits: SchedulerLimits) {
    assert(limits.maxRows >= limits.maxRunning, 'maxRows must be at least maxRunning');
    const { maxRunning, maxWaiting = Number.POSITIVE_INFINITY, rank = firstCome } = limits;
    this.#cache = cache;
    this.#copies = new BlockCopies(cache.groups);
    this.#limits = limits;
    this.events = limits.events ?? new EventRing();
    this.#admission = new Admission(cache, { maxRunning, maxWaiting, rank }, this.events);
    this.#running = this.#admission.running;
    this.#drafts = new Drafts(cache, limits.draftTokens ?? 0);
  }

  get hasWork(): boolean {
    return !this.#admission.isEmpty;
  }

  /** Settles when one of the current transfers ends; undefined when there is none. */
  get nextTransfer(): Promise<unknown> | undefined {
    return this.#admission.nextTransfer;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  get waitingCount(): number {
    return this.#admission.waitingCount;
  }

  /** Queues a sequence. Throws `busy`, or `kv_memory_too_small` for a sequence that can never run. */
  submit(sequence: Sequence): void {
    this.#admission.checkFits(sequence);
    this.checkQueue(1);
    this.#admission.enqueue(sequence);
  }

  /** Throws `busy` when `count` more sequences do not fit in the queue. */
  checkQueue(count: number): void {
    this.#admission.checkQueue(count, this.#forks.count);
  }

  /** Makes `sequence` a fork of `parent`, which must not be finished; they differ from the next token on. */
  fork(parent: Sequence, sequence: Sequence): void {
    this.#admission.checkFits(sequence);
    this.checkQueue(1);
    this.#forks.attach(parent, sequence);
  }

  /**
   * Plans the next step; returns undefined when there is nothing to compute.
   * @param tokenBudget maximum number of tokens to compute
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admission.admit(this.#copies);
    const work = this.#allot(tokenBudget);
    if (work.length > 0) return buildStepPlan(work, this.#copies);
    // The sequences that needed the pending copies have ended, and the cache treats a pending copy as not made.
    if (this.#running.length === 0) this.#copies.drain();
    return undefined;
  }

  /**
   * Accepts the result of a step: commits its tokens, appends the chosen ones, drops rejected drafts.
   * @param take called for each chosen token, and for each row from which none could be chosen
   */
  accept({ work }: ScheduledStep, chosen: SelectedTokens, take: OnToken): void {
    for (const one of work) {
      const stillRuns = this.#commit(one);
      if (stillRuns) this.#appendChosen(one, chosen, take);
    }
    this.events.step++;
  }

  /** Releases the blocks of a running sequence for others. It is queued again, and reuses what is still cached then. */
  preempt(sequence: Sequence): void {
    if (!this.#running.remove(sequence)) return;
    const kv = sequence.preempt();
    this.events.push('preempted', sequence.id, kv.computed);
    this.#cache.release(kv, sequence.tokens);
    this.#admission.requeuePreempted(sequence);
  }

  /**
   * Ends a waiting or running sequence; its computed tokens may stay cached, except those of a step that is still
   * running. Does nothing for a sequence that has ended.
   */
  finish(sequence: Sequence): void {
    if (sequence.state === 'finished') return;
    this.#admission.remove(sequence);
    const kv = sequence.end();
    if (kv !== undefined) this.#cache.release(kv, sequence.tokens);
    this.#drafts.forget(sequence);
    this.#forks.cancel(sequence);
    this.events.push('finished', sequence.id, sequence.length);
    this.#enqueueAll(this.#forks.releaseAll(sequence));
  }

  #allot(tokenBudget: number): SequenceWork[] {
    const running = [...this.#running];
    const counts = shareBudget(
      running.map(({ uncomputed }) => uncomputed),
      tokenBudget,
    );
    const spare: Unused = {
      tokens: counts.reduce((left, count) => left - count, tokenBudget),
      rows: this.#limits.maxRows - running.length,
      forks: 0,
    };
    const work: SequenceWork[] = [];
    running.forEach((sequence, i) => {
      const one = this.#workOf(sequence, counts[i]!, spare);
      if (one !== undefined) work.push(one);
    });
    return work;
  }

  #workOf(sequence: Sequence, count: number, spare: Unused): SequenceWork | undefined {
    if (count === 0 || sequence.state !== 'running') return undefined; // preempted for a sequence before it
    const chooses = count === sequence.uncomputed;
    const proposed = chooses ? this.#proposeDrafts(sequence, spare) : NO_DRAFTS;
    const drafts = this.#reserve(sequence, count, proposed);
    if (drafts === undefined) return undefined;
    const forks = chooses ? this.#takeForks(sequence, spare) : [];
    spare.tokens -= drafts.length;
    spare.rows -= drafts.length + forks.length;
    return { sequence, count, drafts, forks };
  }

  // A sequence with forks gets no drafts, because its forks start with its very next token.
  #proposeDrafts(sequence: Sequence, { tokens, rows }: Unused): Int32Array {
    return this.#forks.hasForks(sequence)
      ? NO_DRAFTS
      : this.#drafts.propose(sequence, Math.min(tokens, rows));
  }

  // Reserves the blocks for a sequence's tokens. If there are not enough, drafts are dropped first; then the
  // sequences of lowest rank are preempted. Returns the remaining drafts; undefined when the sequence itself was
  // preempted.
  #reserve(sequence: Sequence, count: number, proposed: Int32Array): Int32Array | undefined {
    let drafts = proposed;
    for (let { kv } = sequence; kv !== undefined; { kv } = sequence) {
      if (this.#cache.reserve(kv, kv.computed + count + drafts.length, this.#copies)) return drafts;
      if (drafts.length > 0) drafts = NO_DRAFTS;
      else this.preempt(this.#running.at(-1)!);
    }
    return undefined;
  }

  // Takes as many forks as there are rows and slots for; the others run independently.
  #takeForks(parent: Sequence, spare: Unused): Sequence[] {
    if (!this.#forks.hasForks(parent)) return [];
    const forks = this.#forks.take(parent, Math.min(spare.rows, this.#admission.freeSlots - spare.forks));
    this.#enqueueAll(this.#forks.releaseAll(parent));
    spare.forks += forks.length;
    return forks;
  }

  // Returns whether the sequence still runs: it may have finished during the step.
  #commit({ sequence, count, drafts, forks }: PlannedWork): boolean {
    const { kv } = sequence;
    if (kv === undefined) {
      this.#enqueueAll(this.#forks.release(forks));
      return false;
    }
    sequence.countComputed(count + drafts.length);
    this.#cache.commit(kv, sequence.tokens, kv.computed + count);
    // Index a prompt chunk by chunk, so that the first draft does not have to index all of it.
    if (sequence.uncomputed > 0) this.#drafts.index(sequence, kv.computed);
    return true;
  }

  #appendChosen(
    { sequence, drafts, forks, firstRow }: PlannedWork,
    { selected, outcomes }: SelectedTokens,
    take: OnToken,
  ): void {
    const { kv } = sequence;
    if (firstRow === undefined || kv === undefined) return;
    const append = (to: Sequence, row: number): boolean => {
      const chosen = outcomes[row] === 'chosen';
      if (chosen) to.append(selected[row]!);
      return take(to, row) || !chosen;
    };
    forks.forEach((fork, i) => {
      if (fork.state === 'finished') return;
      this.#beginFork(fork, sequence, kv);
      append(fork, firstRow + 1 + i);
    });
    this.#drafts.verify(sequence, drafts, selected.subarray(firstRow), (row) =>
      append(sequence, firstRow + row),
    );
    if (!this.#cache.retainsTokens) this.#cache.truncate(kv, 0);
  }

  // A fork shares all that its parent has computed, including the logits for its next token.
  #beginFork(fork: Sequence, parent: Sequence, parentKv: KvSequence): void {
    this.#forks.begin(fork, parent);
    const kv = this.#cache.fork(parentKv, this.#copies);
    if (kv === undefined) return this.#admission.enqueue(fork);
    const found = Math.min(kv.computed, fork.promptLength);
    const missed = found === 0 ? { firstDifference: 0, miss: 'cache_off' as const } : {};
    fork.recordHit(found, { runningTokens: found, memoryTokens: 0, diskTokens: 0, ...missed });
    this.#admission.run(fork, kv);
  }

  #enqueueAll(sequences: readonly Sequence[]): void {
    for (const sequence of sequences) this.#admission.enqueue(sequence);
  }
}
