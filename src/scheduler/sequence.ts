// The tokens of one sequence in the engine: the prompt, then the chosen tokens. There are no separate prefill and
// decode phases: a sequence has tokens, and some of them are not computed yet.
//
//   waiting <-> awaiting-prefix         another sequence computes its prefix
//   waiting  -> restoring               its prefix is being loaded from the offload store
//   restoring -> waiting                nothing could be loaded
//     waiting, restoring -> running
//   running  -> preempted               continues like `waiting`
//   any      -> finished
//
// Each transition is a method that asserts the current state. The scheduler's collections (queue, running list,
// forks) only hold sequences.

import { assert } from '../base/assert.ts';
import { type SequenceId, sequenceId } from '../base/ids.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { KvSequence } from '../kv/kv-cache.ts';

export type SequenceState =
  | 'waiting'
  /** another sequence computes its prefix */
  | 'awaiting-prefix'
  /** its prefix is being loaded from the offload store */
  | 'restoring'
  | 'running'
  /** it ran, and its blocks were released for others */
  | 'preempted'
  | 'finished';

export interface SequenceOptions {
  readonly prompt: ArrayLike<number>;
  /** maximum tokens of prompt and answer together */
  readonly capacity: number;
  /** higher priorities come first, if the policy uses them */
  readonly priority?: number;
  /** milliseconds of any monotonic clock */
  readonly arrivedAt?: number;
  /** sequences with different salts share nothing */
  readonly salt?: string;
}

/** A prefix that another sequence is computing. */
export interface AwaitedPrefix {
  readonly owner: Sequence;
  /** number of tokens that `owner` must have computed */
  readonly tokens: number;
}

const INITIAL_ROOM = 64;

export class Sequence {
  readonly id: SequenceId;
  readonly promptLength: number;
  readonly priority: number;
  readonly arrivedAt: number;
  readonly salt: string;
  readonly capacity: number;
  #state: SequenceState = 'waiting';
  #kv: KvSequence | undefined;
  #awaits: AwaitedPrefix | undefined;
  #forkedAt = 0;
  #cachedTokens = 0;
  #computedTokens = 0;
  #draftedTokens = 0;
  #acceptedTokens = 0;
  #preemptions = 0;
  #report: CacheReport | undefined;
  #tokens: Int32Array; // allocated beyond `length`
  #length: number;

  constructor(id: number, { prompt, capacity, priority = 0, arrivedAt = 0, salt = '' }: SequenceOptions) {
    assert(
      prompt.length > 0 && prompt.length < capacity,
      'a sequence needs a prompt and capacity for one more token',
    );
    this.id = sequenceId(id);
    this.promptLength = prompt.length;
    this.priority = priority;
    this.arrivedAt = arrivedAt;
    this.salt = salt;
    this.capacity = capacity;
    // A waiting request takes memory for its prompt, not for its full capacity.
    this.#tokens = new Int32Array(Math.min(capacity, prompt.length + INITIAL_ROOM));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  get state(): SequenceState {
    return this.#state;
  }

  /** undefined when it has no blocks */
  get kv(): KvSequence | undefined {
    return this.#kv;
  }

  /** the prefix it waits for; defined in the state `awaiting-prefix` */
  get awaits(): AwaitedPrefix | undefined {
    return this.#awaits;
  }

  /** number of tokens inherited from its parent; 0 if it is not a fork */
  get forkedAt(): number {
    return this.#forkedAt;
  }

  /** prompt tokens that were in the cache at admission */
  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  /** tokens computed by the model; recomputed tokens count each time */
  get computedTokens(): number {
    return this.#computedTokens;
  }

  /** draft tokens that were verified */
  get draftedTokens(): number {
    return this.#draftedTokens;
  }

  /** of `draftedTokens`: those that were accepted */
  get acceptedTokens(): number {
    return this.#acceptedTokens;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  /** cache report; defined after it first ran */
  get report(): CacheReport | undefined {
    return this.#report;
  }

  /** tokens so far as a view, valid until the next token is appended. [length] */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  get uncomputed(): number {
    return this.#length - (this.#kv?.computed ?? 0);
  }

  /** Waits until `owner` has computed the `tokens` tokens that both share. */
  await(owner: Sequence, tokens: number): void {
    this.#assertQueued();
    this.#state = 'awaiting-prefix';
    this.#awaits = { owner, tokens };
  }

  /** Waits for free blocks only. */
  stopAwaiting(): void {
    this.#assertQueued();
    this.#state = this.#preemptions > 0 ? 'preempted' : 'waiting';
    this.#awaits = undefined;
  }

  /** Assigns blocks whose content is being loaded from the offload store. */
  startRestore(kv: KvSequence): void {
    assert(
      this.#state === 'waiting' || this.#state === 'preempted',
      `cannot restore a sequence that is ${this.#state}`,
    );
    this.#state = 'restoring';
    this.#kv = kv;
  }

  /** Queues the sequence again because nothing useful was loaded. @returns the blocks to release */
  abandonRestore(): KvSequence {
    assert(
      this.#state === 'restoring' && this.#kv !== undefined,
      `cannot abandon the restore of a sequence that is ${this.#state}`,
    );
    const kv = this.#kv;
    this.#kv = undefined;
    this.#state = this.#preemptions > 0 ? 'preempted' : 'waiting';
    return kv;
  }

  run(kv: KvSequence): void {
    const loaded = this.#state === 'restoring' && this.#kv === kv;
    const queued = this.#state === 'waiting' || this.#state === 'preempted';
    assert(loaded || queued, `cannot run a sequence that is ${this.#state}`);
    this.#state = 'running';
    this.#kv = kv;
  }

  /**
   * Takes its blocks away; it is computed again as far as the cache does not have it. @returns the blocks to release
   */
  preempt(): KvSequence {
    assert(
      this.#state === 'running' && this.#kv !== undefined,
      `cannot preempt a sequence that is ${this.#state}`,
    );
    const kv = this.#kv;
    this.#state = 'preempted';
    this.#kv = undefined;
    this.#preemptions++;
    return kv;
  }

  /** @returns the blocks to release, if it had any */
  end(): KvSequence | undefined {
    assert(this.#state !== 'finished', 'a sequence ends twice');
    const kv = this.#kv;
    this.#state = 'finished';
    this.#kv = undefined;
    this.#awaits = undefined;
    return kv;
  }

  /** Records what the cache had when the sequence first ran. @param cachedTokens tokens of its prompt */
  recordHit(cachedTokens: number, report: CacheReport): void {
    assert(this.#report === undefined, 'the cache report is recorded twice');
    this.#cachedTokens = cachedTokens;
    this.#report = report;
  }

  /** Counts tokens computed by a step, drafts included. */
  countComputed(count: number): void {
    this.#computedTokens += count;
  }

  countDrafts(drafted: number, accepted: number): void {
    assert(accepted <= drafted, 'more drafts were accepted than made');
    this.#draftedTokens += drafted;
    this.#acceptedTokens += accepted;
  }

  append(token: number): void {
    assert(this.#length < this.capacity, 'the sequence exceeds its capacity');
    this.#ensureRoom(this.#length + 1);
    this.#tokens[this.#length++] = token;
  }

  /** Copies tokens of `parent` up to `length`; both have the same prompt. */
  adoptTokens(parent: Sequence, length: number): void {
    assert(this.#kv === undefined, 'a sequence with blocks cannot become a fork');
    this.#forkedAt = length;
    const generated = parent.tokens.subarray(this.#length, length);
    this.#ensureRoom(this.#length + generated.length);
    this.#tokens.set(generated, this.#length);
    this.#length += generated.length;
  }

  #assertQueued(): void {
    const queued =
      this.#state === 'waiting' || this.#state === 'preempted' || this.#state === 'awaiting-prefix';
    assert(queued, `a sequence that is ${this.#state} is not queued`);
  }

  #ensureRoom(length: number): void {
    if (length <= this.#tokens.length) return;
    const grown = new Int32Array(Math.min(this.capacity, Math.max(length, 2 * this.#tokens.length)));
    grown.set(this.#tokens);
    this.#tokens = grown;
  }
}
