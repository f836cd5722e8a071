// Who may run: sequences wait in order of rank until there is room for what they still have to compute. One that
// begins like another that is under way waits for it, one whose beginning is in a slower store waits for that; both
// let others pass.

import { commonPrefix } from '../base/common-prefix.ts';
import { QuireError } from '../base/errors.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from '../kv/block-copies.ts';
import type { EventRing } from '../kv/event-ring.ts';
import type { KvCache, KvOffload, KvSequence, PrefixMatch } from '../kv/kv-cache.ts';
import type { Rank } from './policies.ts';
import { RankedList } from './ranked-list.ts';
import type { AwaitedPrefix, Sequence } from './sequence.ts';

export interface AdmissionLimits {
  /** most sequences in a step */
  readonly maxRunning: number;
  /** most sequences that wait; one more is refused with `busy` */
  readonly maxWaiting: number;
  readonly rank: Rank;
}

const MAX_HEADROOM = 16;

export class Admission {
  /** sequences that have blocks and are computed */
  readonly running: RankedList;
  readonly #waiting: RankedList;
  readonly #restoring = new Map<Sequence, Promise<void>>();
  readonly #retried = new WeakSet<Sequence>(); // those for which all that was read was of no use
  readonly #cache: KvCache;
  readonly #limits: AdmissionLimits;
  readonly #events: EventRing;
  #blocked = false; // somebody waits although there are places
  #headroom = 1; // blocks that each running sequence may grow before another is let in

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

  /** Settles when a block that moves between memory and a slower store is at rest; undefined when none moves. */
  get nextTransfer(): Promise<unknown> | undefined {
    const loaded = [...this.#restoring.values()];
    const { nextTransfer } = this.#cache.offload ?? {};
    if (nextTransfer !== undefined) return Promise.race([...loaded, nextTransfer]);
    return loaded.length === 0 ? undefined : Promise.race(loaded);
  }

  /** sequences that could still run */
  get freeSlots(): number {
    return Math.max(0, this.#limits.maxRunning - this.running.length - this.#restoring.size);
  }

  /** Raises `kv_memory_too_small` for a sequence that could never run. */
  checkFits({ capacity }: Sequence): void {
    if (capacity <= this.#cache.maxLength) return;
    throw new QuireError(
      'kv_memory_too_small',
      `prompt and answer may take ${capacity} tokens, but KV memory holds ${this.#cache.maxLength}`,
      'give more KV memory, or ask for fewer tokens',
    );
  }

  /**
   * Raises `busy` when `count` more may not wait.
   * @param attached forks that wait for their parents, and are not in the queue
   */
  checkQueue(count: number, attached: number): void {
    // What can run at once does not count: it has not been looked at yet, and will not wait.
    const places = this.#blocked ? 0 : this.freeSlots;
    const waiting = this.#waiting.length + attached;
    if (waiting + count <= this.#limits.maxWaiting + places) return;
    throw new QuireError(
      'busy',
      `${waiting} requests are waiting already`,
      'try again when some of them are done',
    );
  }

  enqueue(sequence: Sequence): void {
    this.#waiting.add(sequence);
  }

  /** A sequence that ran and lost its blocks to others waits again. */
  requeuePreempted(sequence: Sequence): void {
    this.#waiting.add(sequence);
    this.#headroom = Math.min(MAX_HEADROOM, 2 * this.#headroom);
  }

  run(sequence: Sequence, kv: KvSequence): void {
    sequence.run(kv);
    this.running.add(sequence);
    this.#events.push('admitted', sequence.id, kv.computed);
  }

  /** Takes a sequence out, wherever it is. */
  remove(sequence: Sequence): void {
    this.#waiting.remove(sequence);
    this.running.remove(sequence);
    this.#restoring.delete(sequence);
    this.#headroom = Math.max(1, this.#headroom / 2);
  }

  /** Lets sequences run, in order of rank, until one does not fit. */
  admit(copies: BlockCopies): void {
    let index = 0;
    this.#blocked = false;
    while (this.freeSlots > 0) {
      const sequence = this.#waiting.at(index);
      if (sequence === undefined) return;
      if (this.#stillAwaits(sequence) || this.#tryAdmit(sequence, copies) === 'awaits') index++;
      else if (sequence.kv === undefined) {
        this.#blocked = true;
        return;
      }
    }
  }

  #tryAdmit(sequence: Sequence, copies: BlockCopies): 'runs' | 'awaits' | 'no room' {
    const { tokens, salt } = sequence;
    const match = this.#cache.match(tokens, salt);
    const awaited = this.#cache.sharesRunning ? this.#findPrefixOwner(sequence, match.tokens) : undefined;
    if (awaited !== undefined) {
      const { owner, tokens: shared } = awaited;
      if (sequence.state !== 'awaiting-prefix') this.#events.push('awaiting', sequence.id, owner.id);
      sequence.await(owner, shared);
      return 'awaits';
    }
    sequence.stopAwaiting();
    if (!this.#cache.canAdmit(match, this.#sequencesWithBlocks(), this.#headroom)) return 'no room';
    // Reading begins at once, and must not overwrite what is still to be copied.
    if (match.storedTokens > 0 && !copies.isEmpty) return 'awaits';
    const first = sequence.report === undefined;
    const miss = first && match.storedTokens === 0 ? this.#cache.explain(match) : undefined;
    const kv = this.#cache.createSequence(match, copies);
    if (kv === undefined) return 'no room';
    this.#waiting.remove(sequence);
    if (match.storedTokens > 0) {
      this.#restore(sequence, kv, match, this.#cache.offload!);
      return 'runs';
    }
    if (first) this.#reportHit(sequence, kv, { running: match.runningTokens, disk: 0, miss });
    this.run(sequence, kv);
    return 'runs';
  }

  #restore(
    sequence: Sequence,
    kv: KvSequence,
    { tokens, runningTokens: running }: PrefixMatch,
    restorer: KvOffload,
  ): void {
    sequence.startRestore(kv);
    const loading = restorer.restore(kv, sequence.tokens).then(() => {
      if (sequence.kv !== kv) return; // finished meanwhile
      this.#restoring.delete(sequence);
      if (kv.computed === 0 && !this.#retried.has(sequence)) return this.#requeueAfterLoss(sequence);
      const inMemory = Math.min(tokens, kv.computed);
      const disk = kv.computed - inMemory;
      const found = { running: Math.min(running, inMemory), disk, miss: undefined };
      if (sequence.report === undefined) this.#reportHit(sequence, kv, found);
      this.run(sequence, kv);
    });
    this.#restoring.set(sequence, loading);
  }

  // Where layers slide, one block that is lost makes all that was read useless, and memory and store may still have most
  // of the text. Once only, since a store may be wrong about what it has.
  #requeueAfterLoss(sequence: Sequence): void {
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
    const found = Math.min(computed, promptLength); // a fork brings more than its prompt
    const diskTokens = Math.max(0, found - (computed - disk)); // what the disk has follows on what memory has
    const runningTokens = Math.min(running, found - diskTokens);
    const isMissed = found < promptLength - 1;
    sequence.recordHit(found, {
      runningTokens,
      memoryTokens: found - runningTokens - diskTokens,
      diskTokens,
      ...(isMissed ? { firstDifference: found } : {}),
      ...(isMissed && miss !== undefined ? { miss } : {}),
    });
  }

  #stillAwaits({ awaits }: Sequence): boolean {
    return awaits !== undefined && awaits.owner.kv !== undefined && awaits.owner.kv.computed < awaits.tokens;
  }

  // The running sequence that is about to compute most of what `sequence` begins with, beyond `found` tokens. One
  // that comes later in rank may not get its turn for long, and one that is read from a store neither: they are
  // worth waiting for only for a block or more, and the former not at all.
  #findPrefixOwner(sequence: Sequence, found: number): AwaitedPrefix | undefined {
    const wanted = sequence.tokens.subarray(0, -1);
    let best: AwaitedPrefix | undefined;
    for (const owner of this.#sequencesWithBlocks()) {
      if (owner.uncomputed < 2 || owner.salt !== sequence.salt || owner.length <= found) continue;
      const { tokens } = owner;
      if (tokens[found] !== wanted[found] || this.#limits.rank(owner) > this.#limits.rank(sequence)) continue;
      const common = commonPrefix(tokens, wanted);
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
