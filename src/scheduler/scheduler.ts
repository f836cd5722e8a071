// Decides who computes which tokens in the next step. A plan is made in three parts: sequences are admitted
// (admission.ts), the step's token budget is allotted to those that run, and the plan is built in flat arrays
// (build-step-plan.ts). Its outcome is accepted in two: what was computed is committed, and what was chosen is appended.
// Forks and guesses have files of their own. Pure TypeScript over numbers: it knows no text, no tensors and no threads.

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
  /** most sequences in a step */
  readonly maxRunning: number;
  /** most tokens chosen in a step; at least `maxRunning` */
  readonly maxRows: number;
  /** most sequences that wait; one more is refused with `busy` */
  readonly maxWaiting?: number;
  /** most tokens guessed ahead for a sequence in a step; 0 guesses none */
  readonly draftTokens?: number;
  /** who is served first; by default who came first */
  readonly rank?: Rank;
  readonly events?: EventRing;
}

/** What a step chose. [R] */
export type SelectedTokens = Pick<StepResult, 'selected' | 'outcomes'>;

/** Takes a chosen token of a sequence; true when the sequence wants no more. */
export type OnToken = (sequence: Sequence, row: number) => boolean;

/** What is left of a step for guesses and forks. */
interface Unused {
  tokens: number;
  rows: number;
  /** forks that begin in the step */
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
  readonly #copies: BlockCopies; // before the next step

  constructor(cache: KvCache, limits: SchedulerLimits) {
    assert(limits.maxRows >= limits.maxRunning, 'each sequence needs a row');
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

  /** Settles when a block that moves between memory and a slower store is at rest; undefined when none moves. */
  get nextTransfer(): Promise<unknown> | undefined {
    return this.#admission.nextTransfer;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  get waitingCount(): number {
    return this.#admission.waitingCount;
  }

  /** Queues a sequence. Raises `busy`, or `kv_memory_too_small` for one that could never run. */
  submit(sequence: Sequence): void {
    this.#admission.checkFits(sequence);
    this.checkQueue(1);
    this.#admission.enqueue(sequence);
  }

  /** Raises `busy` when there is no room for `count` more sequences. */
  checkQueue(count: number): void {
    this.#admission.checkQueue(count, this.#forks.count);
  }

  /** Makes `sequence` a fork of `parent`, which is not finished: from its next token on it goes its own way. */
  fork(parent: Sequence, sequence: Sequence): void {
    this.#admission.checkFits(sequence);
    this.checkQueue(1);
    this.#forks.attach(parent, sequence);
  }

  /**
   * The next step, or undefined when there is nothing to do.
   * @param tokenBudget most tokens computed in it
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admission.admit(this.#copies);
    const work = this.#allot(tokenBudget);
    if (work.length > 0) return buildStepPlan(work, this.#copies);
    // The sequences that needed them run no more, and no cache keeps what was only to be copied.
    if (this.#running.length === 0) this.#copies.take();
    return undefined;
  }

  /**
   * Takes a step's outcome: its tokens are computed, the chosen ones are appended, wrong guesses are taken back.
   * @param take is called for each chosen token, and for a row from which none could be chosen
   */
  accept({ work }: ScheduledStep, chosen: SelectedTokens, take: OnToken): void {
    for (const one of work) {
      const stillRuns = this.#commit(one);
      if (stillRuns) this.#appendChosen(one, chosen, take);
    }
    this.events.step++;
  }

  /** Takes the blocks of a running sequence for others; it goes on when there is room, and finds what is left. */
  preempt(sequence: Sequence): void {
    if (!this.#running.remove(sequence)) return;
    const kv = sequence.preempt();
    this.events.push('preempted', sequence.id, kv.computed);
    this.#cache.release(kv, sequence.tokens);
    this.#admission.requeuePreempted(sequence);
  }

  /**
   * Ends a sequence, waiting or running; what it computed may be kept. What a step computes meanwhile is not. Does nothing
   * for one that has ended.
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
    if (count === 0 || sequence.state !== 'running') return undefined; // preempted by one before it
    const chooses = count === sequence.uncomputed;
    const guesses = chooses ? this.#proposeDrafts(sequence, spare) : NO_DRAFTS;
    const drafts = this.#reserve(sequence, count, guesses);
    if (drafts === undefined) return undefined;
    const forks = chooses ? this.#takeForks(sequence, spare) : [];
    spare.tokens -= drafts.length;
    spare.rows -= drafts.length + forks.length;
    return { sequence, count, drafts, forks };
  }

  // A sequence that is about to be forked is not guessed: its forks begin with its very next token.
  #proposeDrafts(sequence: Sequence, { tokens, rows }: Unused): Int32Array {
    return this.#forks.hasForks(sequence)
      ? NO_DRAFTS
      : this.#drafts.propose(sequence, Math.min(tokens, rows));
  }

  // Blocks for what it computes. Where there are none, guesses are left out first, and then the last in rank lose theirs.
  // Returns the guesses that remain; undefined when it had to be preempted itself.
  #reserve(sequence: Sequence, count: number, guesses: Int32Array): Int32Array | undefined {
    let drafts = guesses;
    for (let { kv } = sequence; kv !== undefined; { kv } = sequence) {
      if (this.#cache.reserve(kv, kv.computed + count + drafts.length, this.#copies)) return drafts;
      if (drafts.length > 0) drafts = NO_DRAFTS;
      else this.preempt(this.#running.at(-1)!);
    }
    return undefined;
  }

  // As many forks as there are rows and places for; the others go on by themselves.
  #takeForks(parent: Sequence, spare: Unused): Sequence[] {
    if (!this.#forks.hasForks(parent)) return [];
    const forks = this.#forks.take(parent, Math.min(spare.rows, this.#admission.freeSlots - spare.forks));
    this.#enqueueAll(this.#forks.releaseAll(parent));
    spare.forks += forks.length;
    return forks;
  }

  // Whether the sequence still runs: it may have finished while the step ran.
  #commit({ sequence, count, drafts, forks }: PlannedWork): boolean {
    const { kv } = sequence;
    if (kv === undefined) {
      this.#enqueueAll(this.#forks.release(forks));
      return false;
    }
    sequence.countComputed(count + drafts.length);
    this.#cache.commit(kv, sequence.tokens, kv.computed + count);
    // Of a prompt that goes on: what is guessed of it later needs no long look then.
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

  // All its parent has computed is its own too, the logits of its next token included.
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
