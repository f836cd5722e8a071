// Decides which sequences run. Sequences wait in order of rank until the cache has memory for their tokens. A sequence
// whose prefix another sequence is computing waits for that sequence. A sequence whose prefix is in the offload store waits
// until the prefix is loaded. Sequences that wait for a prefix do not delay the sequences after them in the queue.

import { commonPrefixLength } from '../base/common-prefix.ts';
import { QuireError } from '../base/errors.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from '../kv/block-copies.ts';
import type { EventRing } from '../kv/event-ring.ts';
import type { KvCache, KvOffload, KvSequence, PrefixMatch } from '../kv/kv-cache.ts';
import type { RankFunction } from './policies.ts';
import { RankedList } from './ranked-list.ts';
import type { AwaitedPrefix, Sequence } from './sequence.ts';

export interface AdmissionLimits {
  /** maximum number of running sequences */
  readonly maxRunning: number;
  /** maximum length of the queue; further sequences are rejected with `busy` */
  readonly maxWaiting: number;
  readonly rank: RankFunction;
}

const MAX_HEADROOM = 16;

export class Admission {
  /** sequences that have blocks and are computed in steps */
  readonly running: RankedList;
  readonly #waiting: RankedList;
  readonly #restoring = new Map<Sequence, Promise<void>>();
  readonly #retried = new WeakSet<Sequence>(); // sequences that were matched again after a failed restore
  readonly #cache: KvCache;
  readonly #limits: AdmissionLimits;
  readonly #events: EventRing;
  #blocked = false; // whether a sequence waits for memory although slots are free
  #headroom = 1; // blocks reserved for the growth of each running sequence

  constructor(cache: KvCache, limits: AdmissionLimits, events: EventRing) {
    this.#cache = cache;
    this.#limits = limits;
    this.#events = events;
    this.running = new RankedList(limits.rank);
    this.#waiting = new RankedList(limits.rank);
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get isEmpty(): boolean {
    return this.#waiting.length + this.running.length + this.#restoring.size === 0;
  }

  /** Settles when one of the current transfers ends; undefined when there is none. */
  get nextTransfer(): Promise<unknown> | undefined {
    const restorePromises = [...this.#restoring.values()];
    const { nextTransfer } = this.#cache.offload ?? {};
    if (nextTransfer !== undefined) return Promise.race([...restorePromises, nextTransfer]);
    return restorePromises.length === 0 ? undefined : Promise.race(restorePromises);
  }

  /** number of further sequences that may be admitted */
  get freeSlots(): number {
    return Math.max(0, this.#limits.maxRunning - this.running.length - this.#restoring.size);
  }

  /** Throws `kv_memory_too_small` for a sequence that can never run. */
  checkCapacity({ capacity }: Sequence): void {
    if (capacity <= this.#cache.maxLength) return;
    throw new QuireError(
      'kv_memory_too_small',
      `prompt and answer need up to ${capacity} tokens, but KV memory can store ${this.#cache.maxLength}`,
      'raise the KV memory, or request fewer tokens',
    );
  }

  /**
   * Throws `busy` if `count` more sequences do not fit in the queue.
   * @param attachedForks number of forks that wait for their parents and are not in the queue
   */
  checkQueue(count: number, attachedForks: number): void {
    // Sequences for which there is a free slot do not count: they are admitted before the next step.
    const freeSlots = this.#blocked ? 0 : this.freeSlots;
    const queueLength = this.#waiting.length + attachedForks;
    if (queueLength + count <= this.#limits.maxWaiting + freeSlots) return;
    throw new QuireError('busy', `the queue is full: ${queueLength} requests are waiting`, 'retry later');
  }

  enqueue(sequence: Sequence): void {
    this.#waiting.add(sequence);
  }

  /** Queues a preempted sequence again, and doubles the headroom so that fewer sequences are preempted. */
  requeuePreempted(sequence: Sequence): void {
    this.#waiting.add(sequence);
    this.#headroom = Math.min(MAX_HEADROOM, 2 * this.#headroom);
  }

  run(sequence: Sequence, kv: KvSequence): void {
    sequence.run(kv);
    this.running.add(sequence);
    this.#events.push('admitted', sequence.id, kv.computed);
  }

  /** Removes a sequence that has ended from the queue or the running list, and halves the headroom. */
  remove(sequence: Sequence): void {
    this.#waiting.remove(sequence);
    this.running.remove(sequence);
    this.#restoring.delete(sequence);
    this.#headroom = Math.max(1, this.#headroom / 2);
  }

  /** Admits sequences in order of rank until one does not fit. */
  admit(copies: BlockCopies): void {
    let index = 0;
    this.#blocked = false;
    while (this.freeSlots > 0) {
      const sequence = this.#waiting.at(index);
      if (sequence === undefined) return;
      if (this.#isAwaiting(sequence) || this.#tryAdmit(sequence, copies) === 'awaiting') index++;
      else if (sequence.kv === undefined) {
        this.#blocked = true;
        return;
      }
    }
  }

  #tryAdmit(sequence: Sequence, copies: BlockCopies): 'admitted' | 'awaiting' | 'no memory' {
    const { tokens, salt } = sequence;
    const computesAll = sequence.vectors === 'all';
    const match = this.#cache.match(tokens, salt, computesAll);
    const canShare = this.#cache.canShareRunning && !computesAll;
    const awaited = canShare ? this.#findPrefixOwner(sequence, match.tokens) : undefined;
    if (awaited !== undefined) {
      const { owner, tokens: awaitedTokens } = awaited;
      if (sequence.state !== 'awaiting-prefix') this.#events.push('awaiting', sequence.id, owner.id);
      sequence.awaitPrefix(owner, awaitedTokens);
      return 'awaiting';
    }
    sequence.stopAwaiting();
    if (!this.#cache.canAdmit(match, this.#sequencesWithBlocks(), this.#headroom)) return 'no memory';
    // Loading starts before the pending copies are made, and could overwrite the source of a copy.
    if (match.storedTokens > 0 && !copies.isEmpty) return 'awaiting';
    const isFirstRun = sequence.report === undefined;
    const explains = isFirstRun && match.storedTokens === 0 && !computesAll;
    const miss = explains ? this.#cache.explain(match) : undefined;
    const kv = this.#cache.createSequence(match, copies);
    if (kv === undefined) return 'no memory';
    this.#waiting.remove(sequence);
    if (match.storedTokens > 0) {
      this.#restore(sequence, kv, match, this.#cache.offload!);
      return 'admitted';
    }
    if (isFirstRun) this.#reportHit(sequence, kv, { running: match.runningTokens, disk: 0, miss });
    this.run(sequence, kv);
    return 'admitted';
  }

  #restore(
    sequence: Sequence,
    kv: KvSequence,
    { tokens, runningTokens }: PrefixMatch,
    offload: KvOffload,
  ): void {
    sequence.startRestore(kv);
    const loading = offload.restore(kv, sequence.tokens).then(() => {
      if (sequence.kv !== kv) return; // the sequence was finished in the meantime
      this.#restoring.delete(sequence);
      if (kv.computed === 0 && !this.#retried.has(sequence)) return this.#requeueUnrestored(sequence);
      const inMemory = Math.min(tokens, kv.computed);
      const disk = kv.computed - inMemory;
      const hit = { running: Math.min(runningTokens, inMemory), disk, miss: undefined };
      if (sequence.report === undefined) this.#reportHit(sequence, kv, hit);
      this.run(sequence, kv);
    });
    this.#restoring.set(sequence, loading);
  }

  // Queues a sequence again after a restore without a usable block. With a sliding window, one block that cannot be loaded
  // makes all loaded blocks useless, although memory and store may still have most of the text. The sequence is matched
  // again only once, because `has` of a store may be wrong repeatedly.
  #requeueUnrestored(sequence: Sequence): void {
    this.#retried.add(sequence);
    this.#cache.release(sequence.abandonRestore(), sequence.tokens);
    this.#waiting.add(sequence);
  }

  #reportHit(
    sequence: Sequence,
    { computed }: KvSequence,
    { running, disk, miss }: { running: number; disk: number; miss: CacheMiss | undefined },
  ): void {
    const { promptLength } = sequence;
    const foundTokens = Math.min(computed, promptLength); // a fork may have tokens of an answer too
    const diskTokens = Math.max(0, foundTokens - (computed - disk)); // the tokens from disk follow the tokens in memory
    const runningTokens = Math.min(running, foundTokens - diskTokens);
    const isMissed = foundTokens < promptLength - 1;
    sequence.recordHit(foundTokens, {
      runningTokens,
      memoryTokens: foundTokens - runningTokens - diskTokens,
      diskTokens,
      ...(isMissed ? { firstDifference: foundTokens } : {}),
      ...(isMissed && miss !== undefined ? { miss } : {}),
    });
  }

  #isAwaiting({ awaitedPrefix }: Sequence): boolean {
    const kv = awaitedPrefix?.owner.kv;
    return awaitedPrefix !== undefined && kv !== undefined && kv.computed < awaitedPrefix.tokens;
  }

  // Returns the sequence that will compute the longest prefix of `sequence`, if that is longer than the `found` tokens.
  // Sequences that are scheduled after `sequence` are excluded, because they may not run for a long time. A sequence that is
  // being loaded from the store is excluded unless waiting for it yields at least one block.
  #findPrefixOwner(sequence: Sequence, found: number): AwaitedPrefix | undefined {
    const prefix = sequence.tokens.subarray(0, -1);
    let best: AwaitedPrefix | undefined;
    for (const owner of this.#sequencesWithBlocks()) {
      if (owner.uncomputed < 2 || owner.salt !== sequence.salt || owner.length <= found) continue;
      const { tokens } = owner;
      if (tokens[found] !== prefix[found] || this.#limits.rank(owner) > this.#limits.rank(sequence)) continue;
      const common = commonPrefixLength(tokens, prefix);
      if (this.#restoring.has(owner) && common - found < this.#cache.blockSize) continue;
      if (common > Math.max(found, owner.kv!.computed, best?.tokens ?? 0)) best = { owner, tokens: common };
    }
    return best;
  }

  *#sequencesWithBlocks(): Iterable<Sequence> {
    yield* this.running;
    yield* this.#restoring.keys();
  }
}
