// One run of tokens on its way through the engine: the prompt, then what was chosen. There are no phases:
// it has tokens, and some of them are not computed yet.
//
//   waiting <-> awaiting-prefix      another one computes what it begins with
//   waiting  -> restoring        what it begins with is being read from a slower store
//   restoring -> waiting         none of that could be read
//   waiting, restoring -> running
//   running  -> preempted            which then goes the ways of `waiting`
//   any      -> finished
//
// Each transition is a method that asserts where it comes from; the registries of the scheduler (queue, running list,
// forks) only hold sequences, they do not change them in any other way.

import { assert } from '../base/assert.ts';
import { type SequenceId, sequenceId } from '../base/ids.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { KvSequence } from '../kv/kv-cache.ts';

export type SequenceState =
  | 'waiting'
  /** another one computes what it begins with */
  | 'awaiting-prefix'
  /** what it begins with is being read from a slower store */
  | 'restoring'
  | 'running'
  /** it ran, and its blocks were released for others */
  | 'preempted'
  | 'finished';

export interface SequenceOptions {
  readonly prompt: ArrayLike<number>;
  /** most tokens of prompt and answer together */
  readonly capacity: number;
  /** higher is sooner, where the policy looks at it */
  readonly priority?: number;
  /** milliseconds by any clock that goes forward */
  readonly arrivedAt?: number;
  /** sequences under different salts share nothing */
  readonly salt?: string;
}

/** A prefix that another sequence is computing. */
export interface AwaitedPrefix {
  readonly owner: Sequence;
  /** how many tokens `owner` must have computed */
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
  #tokens: Int32Array; // as many as there are so far, and room for more
  #length: number;

  constructor(id: number, { prompt, capacity, priority = 0, arrivedAt = 0, salt = '' }: SequenceOptions) {
    assert(prompt.length > 0 && prompt.length < capacity, 'a sequence needs a prompt, and room for a token');
    this.id = sequenceId(id);
    this.promptLength = prompt.length;
    this.priority = priority;
    this.arrivedAt = arrivedAt;
    this.salt = salt;
    this.capacity = capacity;
    // A request that waits costs what it brought, not what it may become.
    this.#tokens = new Int32Array(Math.min(capacity, prompt.length + INITIAL_ROOM));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  get state(): SequenceState {
    return this.#state;
  }

  /** defined while it has blocks */
  get kv(): KvSequence | undefined {
    return this.#kv;
  }

  /** what it waits for; defined while it is `awaiting-prefix` */
  get awaits(): AwaitedPrefix | undefined {
    return this.#awaits;
  }

  /** how many tokens it has from the sequence that it is a fork of */
  get forkedAt(): number {
    return this.#forkedAt;
  }

  /** prompt tokens that admission found computed */
  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  /** tokens that ran through the model, each time they did */
  get computedTokens(): number {
    return this.#computedTokens;
  }

  /** tokens that were guessed */
  get draftedTokens(): number {
    return this.#draftedTokens;
  }

  /** of `draftedTokens`: those that were right */
  get acceptedTokens(): number {
    return this.#acceptedTokens;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  /** defined once it has run */
  get report(): CacheReport | undefined {
    return this.#report;
  }

  /** tokens so far, not a copy: valid until the next one comes. [length] */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  get uncomputed(): number {
    return this.#length - (this.#kv?.computed ?? 0);
  }

  /** It waits until `owner` has computed `tokens` tokens, which it shares. */
  await(owner: Sequence, tokens: number): void {
    this.#assertQueued();
    this.#state = 'awaiting-prefix';
    this.#awaits = { owner, tokens };
  }

  /** It waits for room only. */
  stopAwaiting(): void {
    this.#assertQueued();
    this.#state = this.#preemptions > 0 ? 'preempted' : 'waiting';
    this.#awaits = undefined;
  }

  /** It has blocks, and what belongs into some of them is being read from a slower store. */
  startRestore(kv: KvSequence): void {
    assert(
      this.#state === 'waiting' || this.#state === 'preempted',
      `a sequence is read while ${this.#state}`,
    );
    this.#state = 'restoring';
    this.#kv = kv;
  }

  /** Nothing of use was read: it waits again. @returns what is to be released */
  abandonRestore(): KvSequence {
    assert(
      this.#state === 'restoring' && this.#kv !== undefined,
      `reading ends for a sequence that is ${this.#state}`,
    );
    const kv = this.#kv;
    this.#kv = undefined;
    this.#state = this.#preemptions > 0 ? 'preempted' : 'waiting';
    return kv;
  }

  run(kv: KvSequence): void {
    const loaded = this.#state === 'restoring' && this.#kv === kv;
    const queued = this.#state === 'waiting' || this.#state === 'preempted';
    assert(loaded || queued, `a sequence runs while ${this.#state}`);
    this.#state = 'running';
    this.#kv = kv;
  }

  /** It loses its blocks, and will be computed again as far as they are not found. @returns what is to be released */
  preempt(): KvSequence {
    assert(
      this.#state === 'running' && this.#kv !== undefined,
      `a sequence is preempted while ${this.#state}`,
    );
    const kv = this.#kv;
    this.#state = 'preempted';
    this.#kv = undefined;
    this.#preemptions++;
    return kv;
  }

  /** @returns what is to be released, if it had blocks */
  end(): KvSequence | undefined {
    assert(this.#state !== 'finished', 'a sequence ends twice');
    const kv = this.#kv;
    this.#state = 'finished';
    this.#kv = undefined;
    this.#awaits = undefined;
    return kv;
  }

  /** What the cache had when it first ran. @param cachedTokens of its prompt */
  recordHit(cachedTokens: number, report: CacheReport): void {
    assert(this.#report === undefined, 'a sequence first runs twice');
    this.#cachedTokens = cachedTokens;
    this.#report = report;
  }

  /** A step computed `count` tokens of it, guesses included. */
  countComputed(count: number): void {
    this.#computedTokens += count;
  }

  countDrafts(guessed: number, accepted: number): void {
    assert(accepted <= guessed, 'more guesses were right than made');
    this.#draftedTokens += guessed;
    this.#acceptedTokens += accepted;
  }

  append(token: number): void {
    assert(this.#length < this.capacity, 'a token beyond the capacity');
    this.#ensureRoom(this.#length + 1);
    this.#tokens[this.#length++] = token;
  }

  /** Takes over the first `length` tokens of `parent`, whose prompt is its own. */
  adoptTokens(parent: Sequence, length: number): void {
    assert(this.#kv === undefined, 'a sequence that has blocks becomes a fork');
    this.#forkedAt = length;
    const generated = parent.tokens.subarray(this.#length, length);
    this.#ensureRoom(this.#length + generated.length);
    this.#tokens.set(generated, this.#length);
    this.#length += generated.length;
  }

  #assertQueued(): void {
    const queued =
      this.#state === 'waiting' || this.#state === 'preempted' || this.#state === 'awaiting-prefix';
    assert(queued, `a sequence is queued while ${this.#state}`);
  }

  #ensureRoom(length: number): void {
    if (length <= this.#tokens.length) return;
    const grown = new Int32Array(Math.min(this.capacity, Math.max(length, 2 * this.#tokens.length)));
    grown.set(this.#tokens);
    this.#tokens = grown;
  }
}
