// Who may run: sequences wait in order of rank until there is room for what they still have to compute. One that
// begins like another that is under way waits for it, one whose beginning is in a slower store waits for that; both
// let others pass.

import type { CacheMiss } from '../base/cache-report.ts';
import { commonPrefix } from '../base/common-prefix.ts';
import { QuireError } from '../base/errors.ts';
import type { EventRing } from '../base/event-ring.ts';
import type { BlockCopies, FoundPrefix, KvCache, KvSequence, Restorer } from '../kv/kv-cache.ts';
import type { Rank } from './policies.ts';
import { RankedList } from './ranked-list.ts';
import type { Sequence } from './sequence.ts';

export interface AdmissionLimits {
  /** most sequences in a step */
  readonly maxRunning: number;
  /** most sequences that wait; one more is refused with `busy` */
  readonly maxWaiting: number;
  readonly rank: Rank;
}

export class Admission {
  /** sequences that have blocks and are computed */
  readonly running: RankedList;
  readonly #waiting: RankedList;
  readonly #loading = new Map<Sequence, Promise<void>>();
  readonly #cache: KvCache;
  readonly #limits: AdmissionLimits;
  readonly #events: EventRing;

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
    return this.#waiting.length + this.running.length + this.#loading.size === 0;
  }

  /** Settles when one of the sequences that are read from a slower store may go on; undefined when none is. */
  get loaded(): Promise<void> | undefined {
    return this.#loading.size === 0 ? undefined : Promise.race(this.#loading.values());
  }

  /** sequences that could still run */
  get places(): number {
    return Math.max(0, this.#limits.maxRunning - this.running.length - this.#loading.size);
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

  /** Raises `busy` when no more may wait. */
  checkQueue(): void {
    // What can run at once does not count: it has not been looked at yet, and will not wait.
    if (this.#waiting.length < this.#limits.maxWaiting + this.places) return;
    throw new QuireError(
      'busy',
      `${this.#waiting.length} requests are waiting already`,
      'try again when some of them are done',
    );
  }

  wait(sequence: Sequence): void {
    this.#waiting.add(sequence);
  }

  run(sequence: Sequence, kv: KvSequence): void {
    sequence.kv = kv;
    sequence.state = 'running';
    this.running.add(sequence);
    this.#events.push('admitted', sequence.id, kv.computed);
  }

  /** Takes a sequence out, wherever it is. */
  remove(sequence: Sequence): void {
    this.#waiting.remove(sequence);
    this.running.remove(sequence);
    this.#loading.delete(sequence);
  }

  /** Lets sequences run, in order of rank, until one does not fit. */
  admit(copies: BlockCopies): void {
    let index = 0;
    while (this.places > 0) {
      const sequence = this.#waiting.at(index);
      if (sequence === undefined) return;
      if (this.#stillAwaits(sequence) || this.#begins(sequence, copies) === 'awaits') index++;
      else if (sequence.kv === undefined) return;
    }
  }

  #begins(sequence: Sequence, copies: BlockCopies): 'runs' | 'awaits' | 'no room' {
    const { tokens, salt } = sequence;
    const found = this.#cache.find(tokens, salt);
    sequence.awaits = this.#cache.sharesRunning ? this.#whoComputes(sequence, found.tokens) : undefined;
    if (sequence.awaits !== undefined) {
      if (sequence.state !== 'awaiting-prefix') {
        this.#events.push('awaiting', sequence.id, sequence.awaits.owner.id);
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
    const kv = this.#cache.lookup(wanted, salt, copies);
    if (kv === undefined) return 'no room';
    this.#waiting.remove(sequence);
    if (stored > 0) {
      this.#load(sequence, kv, restorer!);
      return 'runs';
    }
    if (first) this.#reportFound(sequence, kv, { running: found.running, disk: 0, miss });
    this.run(sequence, kv);
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
      if (sequence.report === undefined)
        this.#reportFound(sequence, kv, { running: 0, disk, miss: undefined });
      this.run(sequence, kv);
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
    if (this.running.length + this.#loading.size === 0 || !this.#cache.growsByBlocks)
      return left >= blocksNeeded;
    let promised = this.running.length;
    for (const { length, kv } of this.#withBlocks()) {
      promised += Math.max(0, Math.ceil((length + 1) / this.#cache.blockSize) - kv!.blockCount);
    }
    return left - promised >= blocksNeeded;
  }

  *#withBlocks(): Iterable<Sequence> {
    yield* this.running;
    yield* this.#loading.keys();
  }
}
