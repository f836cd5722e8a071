// Decides which tokens of which sequences the next step computes. Planning a step has three parts: sequences are admitted
// (admission.ts), the token budget of the step is shared among the running sequences (share-budget.ts), and the plan is
// written to flat arrays (build-step-plan.ts). Accepting the result of a step has two parts: the computed tokens are
// committed, and the selected tokens are appended. Forks are in forks.ts, drafts in drafts.ts. The scheduler handles token
// ids and block ids only, not text, tensors or threads.

import { assert } from '../base/assert.ts';
import type { StepResult } from '../base/step/step-plan.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { EventRing } from '../kv/event-ring.ts';
import type { KvCache, KvSequence } from '../kv/kv-cache.ts';
import { Admission } from './admission.ts';
import { buildStepPlan, type PlannedWork, type ScheduledStep, type SequenceWork } from './build-step-plan.ts';
import { Drafts, NO_DRAFTS } from './drafts.ts';
import { Forks } from './forks.ts';
import { type RankFunction, rankByArrival } from './policies.ts';
import type { RankedList } from './ranked-list.ts';
import type { Sequence } from './sequence.ts';
import { shareBudget } from './share-budget.ts';

export interface SchedulerLimits {
  /** maximum number of sequences in a step */
  readonly maxRunning: number;
  /** maximum number of tokens selected in a step; at least `maxRunning` */
  readonly maxRows: number;
  /** maximum length of the queue; further sequences are rejected with `busy` */
  readonly maxWaiting?: number;
  /** maximum draft tokens per sequence and step; 0 disables drafting */
  readonly draftTokens?: number;
  /** order in which sequences are scheduled; first come, first served by default */
  readonly rank?: RankFunction;
  readonly events?: EventRing;
}

/** The tokens that a step selected, one for each row of logits. [R] */
export type SelectedTokens = Pick<StepResult, 'selected' | 'outcomes'>;

/** Called for each row of logits of a sequence; returns true when the sequence is complete. */
export type OnToken = (sequence: Sequence, row: number) => boolean;

/** Called for each sequence with vectors in the step, after its tokens are committed; the range is that of `PlannedWork`. */
export type OnVectors = (sequence: Sequence, from: number, to: number) => void;

/** The tokens and rows of a step that are still free for drafts and forks. */
interface SpareCapacity {
  tokens: number;
  rows: number;
  /** number of forks that start in the step */
  startedForks: number;
}

export class Scheduler {
  readonly events: EventRing;
  readonly #cache: KvCache;
  readonly #limits: SchedulerLimits;
  readonly #admission: Admission;
  readonly #running: RankedList;
  readonly #forks = new Forks();
  readonly #drafts: Drafts;
  readonly #copies: BlockCopies; // copies to be made in the next step

  constructor(cache: KvCache, limits: SchedulerLimits) {
    assert(limits.maxRows >= limits.maxRunning, 'maxRows must be at least maxRunning');
    const { maxRunning, maxWaiting = Number.POSITIVE_INFINITY, rank = rankByArrival } = limits;
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

  /** whether a running sequence needs only one token, so that the next step probably generates a token */
  get isDecoding(): boolean {
    return [...this.#running].some(({ uncomputed, vectors }) => uncomputed === 1 && vectors === undefined);
  }

  get waitingCount(): number {
    return this.#admission.waitingCount;
  }

  /** Queues a sequence. Throws `busy`, or `kv_memory_too_small` for a sequence that can never run. */
  submit(sequence: Sequence): void {
    this.#admission.checkCapacity(sequence);
    this.checkQueue(1);
    this.#admission.enqueue(sequence);
  }

  /** Throws `busy` if `count` more sequences do not fit in the queue. */
  checkQueue(count: number): void {
    this.#admission.checkQueue(count, this.#forks.count);
  }

  /** Makes `sequence` a fork of `parent`, which must not be finished. The fork starts with the next token of the parent. */
  fork(parent: Sequence, sequence: Sequence): void {
    this.#admission.checkCapacity(sequence);
    this.checkQueue(1);
    this.#forks.attach(parent, sequence);
  }

  /**
   * Plans the next step. Returns undefined when there is nothing to compute.
   * @param tokenBudget maximum number of tokens to compute
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admission.admit(this.#copies);
    const work = this.#shareWork(tokenBudget);
    if (work.length > 0) return buildStepPlan(work, this.#copies);
    // The sequences that needed the pending copies have ended. The cache does not expect these copies to be made.
    if (this.#running.length === 0) this.#copies.drain();
    return undefined;
  }

  /**
   * Accepts the result of a step: commits the computed tokens, appends the selected tokens, drops rejected drafts.
   * @param onToken called for each selected token, and for each row from which no token could be selected
   */
  accept({ work }: ScheduledStep, selection: SelectedTokens, onToken: OnToken, onVectors?: OnVectors): void {
    for (const item of work) {
      const isRunning = this.#commit(item);
      if (!isRunning) continue;
      const [from, to] = item.vectors;
      if (to > from) onVectors?.(item.sequence, from, to);
      this.#appendSelected(item, selection, onToken);
    }
    this.events.step++;
  }

  /**
   * Releases the blocks of a running sequence for other sequences, and queues the sequence again. When it runs again, it
   * reuses the blocks that are still cached.
   */
  preempt(sequence: Sequence): void {
    if (!this.#running.remove(sequence)) return;
    const kv = sequence.preempt();
    this.events.push('preempted', sequence.id, kv.computed);
    this.#cache.release(kv, sequence.tokens);
    this.#admission.requeuePreempted(sequence);
  }

  /**
   * Ends a waiting or running sequence. Its computed tokens may stay cached, except those of a step whose result was not
   * accepted yet. Does nothing if the sequence has already ended.
   */
  finish(sequence: Sequence): void {
    if (sequence.state === 'finished') return;
    this.#admission.remove(sequence);
    const kv = sequence.end();
    if (kv !== undefined) this.#cache.release(kv, sequence.tokens);
    this.#drafts.remove(sequence);
    this.#forks.cancel(sequence);
    this.events.push('finished', sequence.id, sequence.length);
    this.#enqueueAll(this.#forks.releaseAll(sequence));
  }

  #shareWork(tokenBudget: number): SequenceWork[] {
    const runningSequences = [...this.#running];
    const counts = shareBudget(
      runningSequences.map(({ uncomputed }) => uncomputed),
      tokenBudget,
    );
    const spare: SpareCapacity = {
      tokens: counts.reduce((remaining, count) => remaining - count, tokenBudget),
      rows: this.#limits.maxRows - runningSequences.length,
      startedForks: 0,
    };
    const work: SequenceWork[] = [];
    runningSequences.forEach((sequence, i) => {
      const item = this.#workOf(sequence, counts[i]!, spare);
      if (item !== undefined) work.push(item);
    });
    return work;
  }

  #workOf(sequence: Sequence, count: number, spare: SpareCapacity): SequenceWork | undefined {
    if (count === 0 || sequence.state !== 'running') return undefined; // a sequence of higher rank has preempted it
    const selectsToken = count === sequence.uncomputed && sequence.vectors === undefined;
    const proposed = selectsToken ? this.#proposeDrafts(sequence, spare) : NO_DRAFTS;
    const drafts = this.#reserve(sequence, count, proposed);
    if (drafts === undefined) return undefined;
    const forks = selectsToken ? this.#detachForks(sequence, spare) : [];
    spare.tokens -= drafts.length;
    spare.rows -= drafts.length + forks.length;
    return { sequence, count, drafts, forks };
  }

  // Proposes no drafts for a sequence with forks, because the forks must start with the next token of the sequence.
  #proposeDrafts(sequence: Sequence, { tokens, rows }: SpareCapacity): Int32Array {
    return this.#forks.hasForks(sequence)
      ? NO_DRAFTS
      : this.#drafts.propose(sequence, Math.min(tokens, rows));
  }

  // Reserves the blocks for the tokens of a sequence. If there are not enough blocks, first the drafts are dropped, and
  // then the sequences scheduled last are preempted. Returns the remaining drafts; undefined if the sequence itself was
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

  // Detaches the forks that start in this step, as many as there are free rows and slots. The other forks are queued and
  // run independently of the parent.
  #detachForks(parent: Sequence, spare: SpareCapacity): Sequence[] {
    if (!this.#forks.hasForks(parent)) return [];
    const forks = this.#forks.detach(
      parent,
      Math.min(spare.rows, this.#admission.freeSlots - spare.startedForks),
    );
    this.#enqueueAll(this.#forks.releaseAll(parent));
    spare.startedForks += forks.length;
    return forks;
  }

  // Commits the computed tokens. Returns false if the sequence finished during the step.
  #commit({ sequence, count, drafts, forks }: PlannedWork): boolean {
    const { kv } = sequence;
    if (kv === undefined) {
      this.#enqueueAll(this.#forks.release(forks));
      return false;
    }
    sequence.countComputed(count + drafts.length);
    this.#cache.commit(kv, sequence.tokens, kv.computed + count);
    // A prompt is indexed in chunks, because indexing the whole prompt before the first draft would delay that step.
    if (sequence.uncomputed > 0) this.#drafts.index(sequence, kv.computed);
    return true;
  }

  #appendSelected(
    { sequence, drafts, forks, firstRow }: PlannedWork,
    { selected, outcomes }: SelectedTokens,
    onToken: OnToken,
  ): void {
    const { kv } = sequence;
    if (firstRow === undefined || kv === undefined) return;
    const append = (target: Sequence, row: number): boolean => {
      const isSelected = outcomes[row] === 'chosen';
      if (isSelected) target.append(selected[row]!);
      return onToken(target, row) || !isSelected;
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

  // Starts a fork with the blocks of its parent and the tokens for which the parent has logits.
  #beginFork(fork: Sequence, parent: Sequence, parentKv: KvSequence): void {
    this.#forks.begin(fork, parent);
    const kv = this.#cache.fork(parentKv, this.#copies);
    if (kv === undefined) return this.#admission.enqueue(fork);
    const foundTokens = Math.min(kv.computed, fork.promptLength);
    const missed = foundTokens === 0 ? { firstDifference: 0, miss: 'cache_off' as const } : {};
    fork.recordHit(foundTokens, { runningTokens: foundTokens, memoryTokens: 0, diskTokens: 0, ...missed });
    this.#admission.run(fork, kv);
  }

  #enqueueAll(sequences: readonly Sequence[]): void {
    for (const sequence of sequences) this.#admission.enqueue(sequence);
  }
}
