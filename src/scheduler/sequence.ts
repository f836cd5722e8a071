// The tokens of one sequence in the engine: the prompt, then the selected tokens. There are no separate prefill and
// decode phases: a sequence has tokens, and the last of them are not computed yet.
//
//   waiting <-> awaiting-prefix         another sequence computes the prefix of this sequence
//   waiting  -> restoring               the prefix is being loaded from the offload store
//   restoring -> waiting                no block could be loaded
//     waiting, restoring -> running
//   running  -> preempted               has the same transitions as `waiting`
//   any      -> finished
//
// Each transition is a method that asserts the current state. The state is stored here only: the queue, the running list
// and the forks of the scheduler are lists of sequences.

import { assert } from '../base/assert.ts';
import { type SequenceId, sequenceId } from '../base/ids.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { KvSequence } from '../kv/kv-cache.ts';

export type SequenceState =
  | 'waiting'
  /** another sequence computes the prefix of this sequence */
  | 'awaiting-prefix'
  /** the prefix is being loaded from the offload store */
  | 'restoring'
  | 'running'
  /** the sequence ran, and its blocks were released for other sequences */
  | 'preempted'
  | 'finished';

export interface SequenceOptions {
  readonly prompt: ArrayLike<number>;
  /** maximum number of tokens of prompt and answer together */
  readonly capacity: number;
  /** sequences of higher priority are scheduled first, if the policy uses priorities */
  readonly priority?: number;
  /** milliseconds of any monotonic clock */
  readonly arrivedAt?: number;
  /** sequences with different salts share no blocks */
  readonly salt?: string;
  /** slot of the adapter in the executable; -1, the default, without one. The salt must differ with the adapter. */
  readonly adapter?: number;
  /** the tokens whose vectors are the result, instead of an answer: the last, or all, which are then all computed */
  readonly vectors?: SequenceVectors;
}

export type SequenceVectors = 'last' | 'all';

/** A prefix that another sequence is computing. */
export interface AwaitedPrefix {
  readonly owner: Sequence;
  /** number of tokens that `owner` must have computed */
  readonly tokens: number;
}

const INITIAL_ANSWER_TOKENS = 64;

export class Sequence {
  readonly id: SequenceId;
  readonly promptLength: number;
  readonly priority: number;
  readonly arrivedAt: number;
  readonly salt: string;
  readonly adapter: number;
  readonly capacity: number;
  readonly vectors: SequenceVectors | undefined;
  #state: SequenceState = 'waiting';
  #kv: KvSequence | undefined;
  #awaitedPrefix: AwaitedPrefix | undefined;
  #inheritedTokens = 0;
  #cachedTokens = 0;
  #computedTokens = 0;
  #draftedTokens = 0;
  #acceptedTokens = 0;
  #preemptions = 0;
  #report: CacheReport | undefined;
  #tokens: Int32Array; // [at least `length`]
  #length: number;

  constructor(id: number, options: SequenceOptions) {
    const { prompt, capacity, priority = 0, arrivedAt = 0, salt = '', adapter = -1 } = options;
    assert(
      prompt.length > 0 && prompt.length < capacity,
      'a sequence needs a prompt and capacity for one more token',
    );
    this.id = sequenceId(id);
    this.promptLength = prompt.length;
    this.priority = priority;
    this.arrivedAt = arrivedAt;
    this.salt = salt;
    this.adapter = adapter;
    this.capacity = capacity;
    this.vectors = options.vectors;
    // Memory for the full capacity would be wasted while the sequence waits.
    this.#tokens = new Int32Array(Math.min(capacity, prompt.length + INITIAL_ANSWER_TOKENS));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  get state(): SequenceState {
    return this.#state;
  }

  /** block tables of the sequence; undefined while it has no blocks */
  get kv(): KvSequence | undefined {
    return this.#kv;
  }

  /** the prefix that another sequence computes; defined in the state `awaiting-prefix` */
  get awaitedPrefix(): AwaitedPrefix | undefined {
    return this.#awaitedPrefix;
  }

  /** number of tokens that a fork copied from its parent; 0 if the sequence is not a fork */
  get inheritedTokens(): number {
    return this.#inheritedTokens;
  }

  /** number of prompt tokens that were in the cache when the sequence first ran */
  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  /** number of computed tokens; tokens that are computed again count each time */
  get computedTokens(): number {
    return this.#computedTokens;
  }

  /** number of draft tokens that were verified */
  get draftedTokens(): number {
    return this.#draftedTokens;
  }

  /** how many of `draftedTokens` were accepted */
  get acceptedTokens(): number {
    return this.#acceptedTokens;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  /** cache report; undefined until the sequence first runs */
  get report(): CacheReport | undefined {
    return this.#report;
  }

  /** view of the tokens, valid until the next token is appended. [length] */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** number of tokens that are not computed yet */
  get uncomputed(): number {
    return this.#length - (this.#kv?.computed ?? 0);
  }

  /** Waits until `owner` has computed the first `tokens` tokens, which both sequences have in common. */
  awaitPrefix(owner: Sequence, tokens: number): void {
    this.#assertQueued();
    this.#state = 'awaiting-prefix';
    this.#awaitedPrefix = { owner, tokens };
  }

  /** Stops waiting for another sequence. The sequence then waits for free blocks only. */
  stopAwaiting(): void {
    this.#assertQueued();
    this.#state = this.#preemptions > 0 ? 'preempted' : 'waiting';
    this.#awaitedPrefix = undefined;
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

  /** Returns to the queue because no useful block was loaded. @returns the blocks to release */
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
    const isRestored = this.#state === 'restoring' && this.#kv === kv;
    const isQueued = this.#state === 'waiting' || this.#state === 'preempted';
    assert(isRestored || isQueued, `cannot run a sequence that is ${this.#state}`);
    this.#state = 'running';
    this.#kv = kv;
  }

  /**
   * Removes the blocks of the sequence. When it runs again, the tokens that are no longer cached are computed again.
   * @returns the blocks to release
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

  /** @returns the blocks to release; undefined if the sequence has none */
  end(): KvSequence | undefined {
    assert(this.#state !== 'finished', 'a sequence is ended twice');
    const kv = this.#kv;
    this.#state = 'finished';
    this.#kv = undefined;
    this.#awaitedPrefix = undefined;
    return kv;
  }

  /** Records the cache report when the sequence first runs. @param cachedTokens number of prompt tokens in the cache */
  recordHit(cachedTokens: number, report: CacheReport): void {
    assert(this.#report === undefined, 'the cache report is recorded twice');
    this.#cachedTokens = cachedTokens;
    this.#report = report;
  }

  /** Adds the tokens that a step computed, drafts included. */
  countComputed(count: number): void {
    this.#computedTokens += count;
  }

  countDrafts(drafted: number, accepted: number): void {
    assert(accepted <= drafted, 'more drafts are accepted than were drafted');
    this.#draftedTokens += drafted;
    this.#acceptedTokens += accepted;
  }

  append(token: number): void {
    assert(this.#length < this.capacity, 'the sequence exceeds its capacity');
    this.#ensureAllocated(this.#length + 1);
    this.#tokens[this.#length++] = token;
  }

  /** Copies the tokens of `parent` up to `length`. Both sequences must have the same prompt. */
  adoptTokens(parent: Sequence, length: number): void {
    assert(this.#kv === undefined, 'a sequence with blocks cannot become a fork');
    this.#inheritedTokens = length;
    const generated = parent.tokens.subarray(this.#length, length);
    this.#ensureAllocated(this.#length + generated.length);
    this.#tokens.set(generated, this.#length);
    this.#length += generated.length;
  }

  #assertQueued(): void {
    const isQueued =
      this.#state === 'waiting' || this.#state === 'preempted' || this.#state === 'awaiting-prefix';
    assert(isQueued, `a sequence that is ${this.#state} is not queued`);
  }

  #ensureAllocated(length: number): void {
    if (length <= this.#tokens.length) return;
    const grown = new Int32Array(Math.min(this.capacity, Math.max(length, 2 * this.#tokens.length)));
    grown.set(this.#tokens);
    this.#tokens = grown;
  }
}
