// Decides who computes which tokens in the next step: shares the step's token budget among the running sequences,
// takes blocks back from the last in rank when they run out, adds guesses and forks, and lays the plan out in flat
// arrays. Pure TypeScript over numbers: it knows no text, no tensors and no threads.

import { assert } from '../base/assert.ts';
import { EventRing } from '../base/event-ring.ts';
import type { StepResult } from '../base/step-plan.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import type { KvCache } from '../kv/kv-cache.ts';
import { Admission } from './admission.ts';
import { layOut, type ScheduledStep, type SequenceWork } from './lay-out.ts';
import { firstCome, type Rank } from './policies.ts';
import { promptLookup } from './prompt-lookup.ts';
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
export type Chosen = Pick<StepResult, 'selected' | 'outcomes'>;

/** Takes a chosen token of a sequence; true when the sequence wants no more. */
export type TakeToken = (sequence: Sequence, row: number) => boolean;

const NO_DRAFTS = new Int32Array(0);

export class Scheduler {
  readonly events: EventRing;
  readonly #cache: KvCache;
  readonly #limits: SchedulerLimits;
  readonly #admission: Admission;
  readonly #running: RankedList;
  readonly #copies: BlockCopies; // before the next step
  #forksPlanned = 0; // in the step that is being planned
  #attached = 0; // forks that wait for their parents

  constructor(cache: KvCache, limits: SchedulerLimits) {
    assert(limits.maxRows >= limits.maxRunning, 'each sequence needs a row');
    const { maxRunning, maxWaiting = Number.POSITIVE_INFINITY, rank = firstCome } = limits;
    this.#cache = cache;
    this.#copies = new BlockCopies(cache.groups);
    this.#limits = limits;
    this.events = limits.events ?? new EventRing();
    this.#admission = new Admission(cache, { maxRunning, maxWaiting, rank }, this.events);
    this.#running = this.#admission.running;
  }

  get hasWork(): boolean {
    return !this.#admission.isEmpty;
  }

  /** Settles when a block that moves between memory and a slower store is at rest; undefined when none moves. */
  get moved(): Promise<unknown> | undefined {
    return this.#admission.moved;
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
    this.#admission.checkQueue(1, this.#attached);
    this.#admission.wait(sequence);
  }

  /** Raises `busy` when there is no room for `count` more sequences. */
  checkQueue(count: number): void {
    this.#admission.checkQueue(count, this.#attached);
  }

  /** Makes `sequence` a fork of `parent`, which is not finished: from its next token on it goes its own way. */
  fork(parent: Sequence, sequence: Sequence): void {
    assert(parent.state !== 'finished', 'a finished sequence cannot be forked');
    assert(parent.salt === sequence.salt, 'a fork has the salt of its parent');
    this.#admission.checkFits(sequence);
    this.#admission.checkQueue(1, this.#attached);
    this.#attached++;
    parent.forks.push(sequence);
    sequence.forkOf = { parent, length: parent.length };
  }

  /**
   * The next step, or undefined when there is nothing to do.
   * @param tokenBudget most tokens computed in it
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admission.admit(this.#copies);
    this.#forksPlanned = 0;
    const work = this.#allot(tokenBudget);
    if (work.length === 0) {
      // Whoever needed them runs no more, and no cache keeps what was only to be copied.
      if (this.#running.length === 0) this.#copies.take();
      return undefined;
    }
    return layOut(work, this.#copies);
  }

  /**
   * Takes a step's outcome: its tokens are computed, the chosen ones are appended, wrong guesses are taken back.
   * @param take is called for each chosen token, and for a row from which none could be chosen
   */
  accept({ work }: ScheduledStep, chosen: Chosen, take: TakeToken): void {
    for (const one of work) {
      if (one.sequence.kv === undefined) {
        this.#letGo(one.forks); // it finished while the step ran
        continue;
      }
      const { sequence, count, drafts } = one;
      sequence.computedTokens += count + drafts.length;
      this.#cache.commit(sequence.kv!, sequence.tokens, sequence.kv!.computed + count);
      if (one.firstRow >= 0) this.#choose(one, chosen, take);
    }
    this.events.step++;
  }

  /** Takes the blocks of a running sequence for others; it goes on when there is room, and finds what is left. */
  preempt(sequence: Sequence): void {
    if (!this.#running.remove(sequence)) return;
    this.events.push('preempted', sequence.id, sequence.kv!.computed);
    this.#cache.release(sequence.kv!, sequence.tokens);
    sequence.kv = undefined;
    sequence.state = 'preempted';
    sequence.preemptions++;
    this.#admission.preempted(sequence);
  }

  /** Ends a sequence, waiting or running; what it computed may be kept. What a step computes meanwhile is not. */
  finish(sequence: Sequence): void {
    this.#admission.remove(sequence);
    if (sequence.kv !== undefined) this.#cache.release(sequence.kv, sequence.tokens);
    sequence.kv = undefined;
    sequence.state = 'finished';
    if (sequence.forkOf !== undefined && remove(sequence.forkOf.parent.forks, sequence)) this.#attached--;
    sequence.forkOf = undefined;
    this.events.push('finished', sequence.id, sequence.length);
    this.#attached -= sequence.forks.length;
    this.#letGo(sequence.forks.splice(0));
  }

  // Forks that cannot be made now go on by themselves; they find what their parent computed.
  #letGo(forks: readonly Sequence[]): void {
    for (const fork of forks) {
      if (fork.state === 'finished') continue; // cancelled while it was about to be made
      fork.follow(fork.forkOf!.parent, fork.forkOf!.length);
      fork.forkOf = undefined;
      this.#admission.wait(fork);
    }
  }

  #allot(tokenBudget: number): SequenceWork[] {
    const running = [...this.#running];
    const counts = shareBudget(
      running.map(({ uncomputed }) => uncomputed),
      tokenBudget,
    );
    const spare = {
      tokens: counts.reduce((left, count) => left - count, tokenBudget),
      rows: this.#limits.maxRows - running.length,
    };
    const work: SequenceWork[] = [];
    running.forEach((sequence, i) => {
      if (counts[i]! === 0) return;
      const chooses = counts[i] === sequence.uncomputed;
      let drafts = chooses ? this.#guess(sequence, Math.min(spare.tokens, spare.rows)) : NO_DRAFTS;
      while (sequence.kv !== undefined && !this.#reserve(sequence, counts[i]! + drafts.length)) {
        if (drafts.length > 0) drafts = NO_DRAFTS;
        else this.preempt(this.#running.at(-1)!);
      }
      if (sequence.kv === undefined) return; // preempted, by itself or by one before it
      const forks = chooses ? this.#takeForks(sequence, spare.rows) : [];
      spare.tokens -= drafts.length;
      spare.rows -= drafts.length + forks.length;
      work.push({ sequence, count: counts[i]!, drafts, forks, firstRow: -1 });
    });
    return work;
  }

  #guess(sequence: Sequence, most: number): Int32Array {
    const { draftTokens = 0 } = this.#limits;
    if (draftTokens === 0 || sequence.forks.length > 0) return NO_DRAFTS;
    const room = sequence.capacity - sequence.length - 1;
    return promptLookup(sequence.tokens, Math.min(draftTokens, room, most));
  }

  #reserve(sequence: Sequence, count: number): boolean {
    return this.#cache.reserve(sequence.kv!, sequence.kv!.computed + count, this.#copies);
  }

  // As many forks as there are rows and places for; the others go on by themselves.
  #takeForks(parent: Sequence, rows: number): Sequence[] {
    if (parent.forks.length === 0) return [];
    const places = Math.min(rows, this.#admission.places - this.#forksPlanned);
    const taken = parent.forks.splice(0, Math.max(0, places));
    this.#attached -= taken.length + parent.forks.length;
    this.#letGo(parent.forks.splice(0));
    this.#forksPlanned += taken.length;
    return taken;
  }

  #choose(
    { sequence, drafts, forks, firstRow }: SequenceWork,
    { selected, outcomes }: Chosen,
    take: TakeToken,
  ): void {
    const kv = sequence.kv!;
    const append = (to: Sequence, row: number): boolean => {
      const chosen = outcomes[row] === 'chosen';
      if (chosen) to.append(selected[row]!);
      return take(to, row) || !chosen;
    };
    forks.forEach((fork, i) => {
      if (fork.state === 'finished') return;
      this.#beginFork(fork, sequence);
      append(fork, firstRow + 1 + i);
    });
    const computed = sequence.length;
    let accepted = 0;
    while (!append(sequence, firstRow + accepted) && drafts[accepted] === selected[firstRow + accepted]) {
      accepted++;
    }
    sequence.draftedTokens += drafts.length;
    sequence.acceptedTokens += accepted;
    if (accepted > 0) this.#cache.commit(kv, sequence.tokens, computed + accepted);
    if (drafts.length > 0) this.#cache.truncate(kv, computed + accepted);
    if (!this.#cache.keeps) this.#cache.truncate(kv, 0);
  }

  // All its parent has computed is its own too, the logits of its next token included.
  #beginFork(fork: Sequence, parent: Sequence): void {
    fork.forkOf = undefined;
    fork.follow(parent, parent.length);
    const kv = this.#cache.fork(parent.kv!, this.#copies);
    if (kv === undefined) return this.#admission.wait(fork);
    const found = Math.min(kv.computed, fork.promptLength);
    fork.cachedTokens = found;
    fork.report = { runningTokens: found, memoryTokens: 0, diskTokens: 0 };
    if (found === 0) fork.report = { ...fork.report, firstDifference: 0, miss: 'cache_off' };
    this.#admission.run(fork, kv);
  }
}

/** Whether it was there. */
function remove(list: Sequence[], sequence: Sequence): boolean {
  const index = list.indexOf(sequence);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
