// One run of tokens on its way through the engine: the prompt, then what was chosen. There are no phases:
// it has tokens, and some of them are not computed yet.

import { assert } from '../base/assert.ts';
import { type SequenceId, sequenceId } from '../base/ids.ts';
import type { CacheReport } from '../completion/cache-report.ts';
import type { KvSequence } from '../kv/kv-cache.ts';

export type SequenceState =
  | 'waiting'
  /** another one computes what it begins with */
  | 'awaiting-prefix'
  /** what it begins with is being read from a slower store */
  | 'awaiting-tier'
  | 'running'
  /** it ran, and gave its blocks to others */
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

const FIRST_ROOM = 64;

export class Sequence {
  readonly id: SequenceId;
  readonly promptLength: number;
  readonly priority: number;
  readonly arrivedAt: number;
  readonly salt: string;
  state: SequenceState = 'waiting';
  /** set while it has blocks */
  kv: KvSequence | undefined;
  /** what it waits for: that `owner` has computed so many tokens */
  awaits: { readonly owner: Sequence; readonly tokens: number } | undefined;
  /** sequences that become forks of this one when its next token is chosen */
  readonly forks: Sequence[] = [];
  /** of which sequence it becomes a fork, and how long that one was when it was asked for */
  forkOf: { readonly parent: Sequence; readonly length: number } | undefined;
  /** how many tokens it has from the sequence that it is a fork of */
  forkedAt = 0;
  /** prompt tokens that admission found computed */
  cachedTokens = 0;
  /** tokens that ran through the model, each time they did */
  computedTokens = 0;
  /** tokens guessed, and those of them that turned out right */
  draftedTokens = 0;
  acceptedTokens = 0;
  preemptions = 0;
  /** set when it first runs */
  report: CacheReport | undefined;
  readonly capacity: number;
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
    this.#tokens = new Int32Array(Math.min(capacity, prompt.length + FIRST_ROOM));
    this.#tokens.set(prompt);
    this.#length = prompt.length;
  }

  /** tokens so far, not a copy: valid until the next one comes. [length] */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  get uncomputed(): number {
    return this.#length - (this.kv?.computed ?? 0);
  }

  append(token: number): void {
    assert(this.#length < this.capacity, 'a token beyond the capacity');
    this.#makeRoom(this.#length + 1);
    this.#tokens[this.#length++] = token;
  }

  /** Takes over the first `length` tokens of `parent`, whose prompt is its own. */
  follow(parent: Sequence, length: number): void {
    this.forkedAt = length;
    const generated = parent.tokens.subarray(this.#length, length);
    this.#makeRoom(this.#length + generated.length);
    this.#tokens.set(generated, this.#length);
    this.#length += generated.length;
    for (const fork of this.forks) fork.forkOf = { parent: this, length: this.#length };
  }

  #makeRoom(length: number): void {
    if (length <= this.#tokens.length) return;
    const grown = new Int32Array(Math.min(this.capacity, Math.max(length, 2 * this.#tokens.length)));
    grown.set(this.#tokens);
    this.#tokens = grown;
  }
}
