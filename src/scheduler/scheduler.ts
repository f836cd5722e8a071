// Decides who computes which tokens in the next step: admits waiting sequences while there is room, shares the
// step's token budget among the running ones, takes blocks back from the last in rank when they run out, and lays
// the plan out in flat arrays. Pure TypeScript over numbers: it knows no text, no tensors and no threads.

import { assert } from '../base/assert.ts';
import type { CacheMiss } from '../base/cache-report.ts';
import { commonPrefix } from '../base/common-prefix.ts';
import { QuireError } from '../base/errors.ts';
import { EventRing } from '../base/event-ring.ts';
import type { StepResult } from '../base/step-plan.ts';
import type { BlockCopies, FoundPrefix, KvCache, KvSequence, Restorer } from '../kv/kv-cache.ts';
import { layOut, type ScheduledStep, type SequenceWork } from './lay-out.ts';
import { firstCome, type Rank } from './policies.ts';
import { promptLookup } from './prompt-lookup.ts';
import { RankedList } from './ranked-list.ts';
import type { Sequence } from './sequence.ts';
import { shareBudget } from './share-budget.ts';

export interface SchedulerLimits {
  /** most sequences in a step */
  readonly maxRunning: number;
  /** most tokens chosen in a step; at least `maxRunning` */
  readonly maxRows: number;
  /** groups of layers, each with a block table of its own */
  readonly kvGroups: number;
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
  readonly #waiting: RankedList;
  readonly #running: RankedList;
  readonly #loading = new Map<Sequence, Promise<void>>();
  #copies: BlockCopies = [];
  #forksPlanned = 0; // in the step that is being planned

  constructor(cache: KvCache, limits: SchedulerLimits) {
    assert(limits.maxRows >= limits.maxRunning, 'each sequence needs a row');
    const rank = limits.rank ?? firstCome;
    this.#cache = cache;
    this.#limits = limits;
    this.#waiting = new RankedList(rank);
    this.#running = new RankedList(rank);
    this.events = limits.events ?? new EventRing();
  }

  get hasWork(): boolean {
    return this.#waiting.length + this.#running.length + this.#loading.size > 0;
  }

  /** Settles when one of the sequences that are read from a slower store may go on; undefined when none is. */
  get loaded(): Promise<void> | undefined {
    return this.#loading.size === 0 ? undefined : Promise.race(this.#loading.values());
  }

  get runningCount(): number {
    return this.#running.length;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Queues a sequence. Raises `busy`, or `kv_memory_too_small` for one that could never run. */
  submit(sequence: Sequence): void {
    this.#checkFits(sequence);
    const { maxWaiting = Number.POSITIVE_INFINITY } = this.#limits;
    // What can run at once does not count: it has not been looked at yet, and will not wait.
    const places = Math.max(0, this.#limits.maxRunning - this.#running.length);
    if (this.#waiting.length >= maxWaiting + places) {
      throw new QuireError(
        'busy',
        `${this.#waiting.length} requests are waiting already`,
        'try again when some of them are done',
      );
    }
    this.#waiting.add(sequence);
  }

  /** Makes `sequence` a fork of `parent`, which is not finished: from its next token on it goes its own way. */
  fork(parent: Sequence, sequence: Sequence): void {
    assert(parent.state !== 'finished', 'a finished sequence cannot be forked');
    this.#checkFits(sequence);
    parent.forks.push(sequence);
    sequence.forkOf = { parent, length: parent.length };
  }

  /**
   * The next step, or undefined when there is nothing to do.
   * @param tokenBudget most tokens computed in it
   */
  plan(tokenBudget: number): ScheduledStep | undefined {
    this.#admit();
    this.#forksPlanned = 0;
    const work = this.#allot(tokenBudget);
    if (work.length === 0) return undefined;
    const step = layOut(work, this.#limits.kvGroups, this.#copies);
    this.#copies = [];
    return step;
  }

  /**
   * Takes a step's outcome: its tokens are computed, the chosen ones are appended, wrong guesses are taken back.
   * @param take is called for each chosen token, and for a row from which none could be chosen
   */
  accept({ work }: ScheduledStep, chosen: Chosen, take: TakeToken): void {
    for (const one of work) {
      if (one.sequence.kv === undefined) continue; // finished while the step ran
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
    this.#waiting.add(sequence);
  }

  /** Ends a sequence, waiting or running; what it computed may be kept. Not while a step with it runs. */
  finish(sequence: Sequence): void {
    this.#waiting.remove(sequence);
    this.#running.remove(sequence);
    this.#loading.delete(sequence);
    if (sequence.kv !== undefined) this.#cache.release(sequence.kv, sequence.tokens);
    sequence.kv = undefined;
    sequence.state = 'finished';
    if (sequence.forkOf !== undefined) remove(sequence.forkOf.parent.forks, sequence);
    sequence.forkOf = undefined;
    this.events.push('finished', sequence.id, sequence.length);
    this.#letGo(sequence.forks.splice(0));
  }

  // Forks that cannot be made now go on by themselves; they find what their parent computed.
  #letGo(forks: readonly Sequence[]): void {
    for (const fork of forks) {
      fork.follow(fork.forkOf!.parent, fork.forkOf!.length);
      fork.forkOf = undefined;
      this.#waiting.add(fork);
    }
  }

  #checkFits({ capacity }: Sequence): void {
    if (capacity <= this.#cache.maxLength) return;
    throw new QuireError(
      'kv_memory_too_small',
      `prompt and answer may take ${capacity} tokens, but KV memory holds ${this.#cache.maxLength}`,
      'give more KV memory, or ask for fewer tokens',
    );
  }

  // In order of rank, until one does not fit. Those that wait for another's tokens let others pass.
  #admit(): void {
    let index = 0;
    while (this.#running.length + this.#loading.size < this.#limits.maxRunning) {
      const sequence = this.#waiting.at(index);
      if (sequence === undefined) return;
      if (this.#stillAwaits(sequence) || this.#begins(sequence) === 'awaits') index++;
      else if (sequence.kv === undefined) return;
    }
  }

  #begins(sequence: Sequence): 'runs' | 'awaits' | 'no room' {
    const { tokens, salt } = sequence;
    const found = this.#cache.find(tokens, salt);
    sequence.awaits = this.#cache.sharesRunning ? this.#whoComputes(sequence, found.tokens) : undefined;
    if (sequence.awaits !== undefined) {
      if (sequence.state !== 'awaiting-prefix') {
        this.events.push('awaiting', sequence.id, sequence.awaits.owner.id);
      }
      sequence.state = 'awaiting-prefix';
      return 'awaits';
    }
    if (!this.#hasRoom(found)) return 'no room';
    const { restorer, blockSize } = this.#cache;
    const stored = restorer?.stored(tokens, salt) ?? 0;
    // What is in the store begins at a whole block.
    const whole = Math.floor(found.tokens / blockSize) * blockSize;
    const wanted = stored > 0 ? tokens.subarray(0, whole + 1) : tokens;
    const first = sequence.report === undefined;
    const miss = first && stored === 0 ? this.#cache.explain(tokens, salt, found.tokens) : undefined;
    const kv = this.#cache.lookup(wanted, salt, this.#copies);
    if (kv === undefined) return 'no room';
    this.#waiting.remove(sequence);
    if (stored > 0) {
      this.#load(sequence, kv, restorer!);
      return 'runs';
    }
    if (first) this.#reportFound(sequence, kv, { running: found.running, disk: 0, miss });
    this.#run(sequence, kv);
    return 'runs';
  }

  #load(sequence: Sequence, kv: KvSequence, restorer: Restorer): void {
    sequence.kv = kv;
    sequence.state = 'awaiting-tier';
    const inMemory = kv.computed;
    const loading = restorer.restore(kv, sequence.tokens).then(() => {
      if (sequence.kv !== kv) return; // finished meanwhile
      this.#loading.delete(sequence);
      const disk = kv.computed - inMemory;
      if (sequence.report === undefined) this.#reportFound(sequence, kv, { running: 0, disk, miss: undefined });
      this.#run(sequence, kv);
    });
    this.#loading.set(sequence, loading);
  }

  #reportFound(
    sequence: Sequence,
    { computed }: KvSequence,
    { running, disk, miss }: { running: number; disk: number; miss: CacheMiss | undefined },
  ): void {
    sequence.cachedTokens = Math.min(computed, sequence.promptLength); // a fork brings more than its prompt
    sequence.report = {
      runningTokens: running,
      memoryTokens: computed - running - disk,
      diskTokens: disk,
      ...(computed < sequence.length - 1 ? { firstDifference: computed } : {}),
      ...(miss === undefined ? {} : { miss }),
    };
  }

  #run(sequence: Sequence, kv: KvSequence): void {
    sequence.kv = kv;
    sequence.state = 'running';
    this.#running.add(sequence);
    this.events.push('admitted', sequence.id, kv.computed);
  }

  #stillAwaits({ awaits }: Sequence): boolean {
    return awaits !== undefined && awaits.owner.kv !== undefined && awaits.owner.kv.computed < awaits.tokens;
  }

  // The running sequence that is about to compute most of what `sequence` begins with, beyond `found` tokens.
  #whoComputes(sequence: Sequence, found: number): Sequence['awaits'] {
    const wanted = sequence.tokens.subarray(0, -1);
    let best: Sequence['awaits'];
    for (const owner of this.#withBlocks()) {
      if (owner.uncomputed < 2 || owner.salt !== sequence.salt || owner.length <= found) continue;
      const { tokens } = owner;
      if (tokens[found] !== wanted[found]) continue;
      const common = commonPrefix(tokens, wanted);
      if (common > Math.max(found, owner.kv!.computed, best?.tokens ?? 0)) best = { owner, tokens: common };
    }
    return best;
  }

  // Beside what the running ones still need for the tokens they have, and a block for each of them to grow.
  #hasRoom({ blocksNeeded, blocksTaken }: FoundPrefix): boolean {
    const left = this.#cache.available - blocksTaken;
    if (this.#running.length + this.#loading.size === 0 || !this.#cache.growsByBlocks) return left >= blocksNeeded;
    let promised = this.#running.length;
    for (const { length, kv } of this.#withBlocks()) {
      promised += Math.max(0, Math.ceil((length + 1) / this.#cache.blockSize) - kv!.blockCount);
    }
    return left - promised >= blocksNeeded;
  }

  *#withBlocks(): Iterable<Sequence> {
    yield* this.#running;
    yield* this.#loading.keys();
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
    const places = Math.min(rows, this.#limits.maxRunning - this.#running.length - this.#loading.size - this.#forksPlanned);
    const taken = parent.forks.splice(0, Math.max(0, places));
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
      if (chosen && to.length < to.capacity) to.append(selected[row]!);
      return take(to, row) || !chosen;
    };
    forks.forEach((fork, i) => {
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
    this.#cache.chosen(kv);
  }

  // All its parent has computed is its own too, the logits of its next token included.
  #beginFork(fork: Sequence, parent: Sequence): void {
    fork.forkOf = undefined;
    fork.follow(parent, parent.length);
    const kv = this.#cache.fork(parent.kv!, this.#copies);
    if (kv === undefined) return this.#waiting.add(fork);
    fork.cachedTokens = fork.promptLength;
    fork.report = { runningTokens: fork.promptLength, memoryTokens: 0, diskTokens: 0 };
    this.#run(fork, kv);
  }
}

function remove(list: Sequence[], sequence: Sequence): void {
  const index = list.indexOf(sequence);
  if (index >= 0) list.splice(index, 1);
}
