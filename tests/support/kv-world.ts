// A cache policy in a simulated memory: every slot holds the token whose keys and values would lie there. Copies
// and writes are done as a backend does them, so that wrong sharing shows as a wrong token. What must hold is
// checked after each operation.

import { commonPrefix } from '../../src/base/common-prefix.ts';
import { EventRing } from '../../src/base/event-ring.ts';
import type { CachePolicy } from '../../src/kv/cache-policy.ts';
import { createCache, createPagedCache } from '../../src/kv/create-cache.ts';
import { checkInvariants } from '../../src/kv/invariants.ts';
import type { BlockCopies, KvCache, KvSequence } from '../../src/kv/kv-cache.ts';
import type { PagedCache } from '../../src/kv/paged-cache.ts';

const EMPTY = -1;
const HALF_COMPUTED = -2;

export interface WorldShape {
  readonly blocks: number;
  readonly blockSize: number;
  readonly contextLength: number;
  readonly maxRunning?: number;
}

export interface WorldSequence {
  readonly kv: KvSequence;
  readonly salt: string;
  readonly cachedTokens: number;
  readonly tokens: number[];
}

/** Part of a step: `count` more tokens of a sequence. */
export interface WorldWork {
  readonly sequence: WorldSequence;
  readonly count: number;
}

export class KvWorld {
  readonly cache: KvCache;
  readonly paged: PagedCache | undefined;
  readonly events = new EventRing(1 << 16);
  readonly running: WorldSequence[] = [];
  readonly #memory: Int32Array; // [blocks, blockSize] tokens
  // Everything that was ever computed, by salt; findable as long as nothing was evicted.
  readonly #computed = new Map<string, number[][]>();
  #copies: BlockCopies = [];

  constructor(policy: CachePolicy, shape: WorldShape) {
    const whole = { maxRunning: 8, ...shape, events: this.events };
    this.paged = policy === 'paged' ? createPagedCache(whole) : undefined;
    this.cache = this.paged ?? createCache(policy, whole);
    this.#memory = new Int32Array(shape.blocks * shape.blockSize).fill(EMPTY);
  }

  start(prompt: readonly number[], salt = ''): WorldSequence | undefined {
    const tokens = Int32Array.from(prompt);
    const found = this.cache.find(tokens, salt);
    const longest = this.longestComputed(prompt, salt);
    const kv = this.cache.lookup(tokens, salt, this.#copies);
    if (kv === undefined) return undefined;
    require(kv.computed === found.tokens, `lookup finds what find said: ${kv.computed}, ${found.tokens}`);
    require(kv.computed < prompt.length, 'the last token of a prompt is computed');
    if (this.paged && this.events.count('evicted') === 0) {
      require(kv.computed === longest, `${kv.computed} tokens found, ${longest} were computed`);
    }
    const sequence = { kv, salt, cachedTokens: kv.computed, tokens: [...prompt] };
    this.running.push(sequence);
    this.#check();
    return sequence;
  }

  /** A step: blocks for all that get some, then copies, then writes, then commits. Returns who had no room. */
  step(work: readonly WorldWork[]): WorldSequence[] {
    const done = this.#reserve(work);
    this.#applyCopies();
    this.#checkContents();
    this.#write(done, ({ tokens }, position) => tokens[position]!);
    for (const { sequence, count } of done) {
      const length = sequence.kv.computed + count;
      this.cache.commit(sequence.kv, Int32Array.from(sequence.tokens), length);
      this.#remember(sequence, length);
    }
    this.#check();
    this.#checkContents();
    return work.filter((one) => !done.includes(one)).map(({ sequence }) => sequence);
  }

  /** A step that fails when it has made `copied` of its copies. All that run end with it, and nothing is committed. */
  fail(work: readonly WorldWork[], copied: number): void {
    const done = this.#reserve(work);
    this.#copies.length = Math.min(this.#copies.length, 2 * copied);
    this.#applyCopies();
    this.#write(done, () => HALF_COMPUTED);
    for (const sequence of [...this.running]) this.#end(sequence);
    this.#check(); // not in between: what the others reserved is not used
  }

  /** The next step has nobody to compute for, and is not made. */
  idle(): void {
    require(this.running.length === 0, 'a step is made for whoever runs');
    this.#copies = [];
  }

  /** The next token of a sequence whose tokens are all computed. */
  choose(sequence: WorldSequence, token: number): void {
    require(sequence.kv.computed === sequence.tokens.length, 'a token is chosen from computed ones');
    this.cache.chosen(sequence.kv);
    sequence.tokens.push(token);
    this.#check();
  }

  fork(sequence: WorldSequence): WorldSequence | undefined {
    const kv = this.cache.fork(sequence.kv, this.#copies);
    if (kv === undefined) return undefined;
    const { salt, tokens } = sequence;
    const forked = { kv, salt, cachedTokens: kv.computed, tokens: [...tokens] };
    this.running.push(forked);
    this.#check();
    return forked;
  }

  /** Drops tokens from the end; at least one stays. */
  truncate(sequence: WorldSequence, length: number): void {
    this.cache.truncate(sequence.kv, length);
    sequence.tokens.length = length;
    require(sequence.kv.computed <= length, 'no more tokens than are left');
    this.#check();
  }

  release(sequence: WorldSequence): void {
    this.#end(sequence);
    this.#check();
  }

  /** Tokens of `prompt`, all but the last at most, that were ever computed from its start under a salt. */
  longestComputed(prompt: readonly number[], salt = ''): number {
    const usable = prompt.slice(0, -1);
    const all = this.#computed.get(salt) ?? [];
    return Math.max(0, ...all.map((tokens) => commonPrefix(tokens, usable)));
  }

  #end(sequence: WorldSequence): void {
    this.running.splice(this.running.indexOf(sequence), 1);
    this.cache.release(sequence.kv, Int32Array.from(sequence.tokens));
  }

  #remember({ salt, tokens }: WorldSequence, length: number): void {
    const all = this.#computed.get(salt) ?? [];
    this.#computed.set(salt, [...all, tokens.slice(0, length)]);
  }

  // Who gets the blocks for its work.
  #reserve(work: readonly WorldWork[]): WorldWork[] {
    return work.filter(({ sequence, count }) => {
      const { available } = this.cache;
      const given = this.cache.reserve(sequence.kv, sequence.kv.computed + count, this.#copies);
      if (!given) require(this.cache.available === available, 'what is refused changes nothing');
      return given;
    });
  }

  #applyCopies(): void {
    const { blockSize } = this.cache;
    for (let i = 0; i < this.#copies.length; i += 2) {
      const from = this.#copies[i]! * blockSize;
      this.#memory.copyWithin(this.#copies[i + 1]! * blockSize, from, from + blockSize);
    }
    this.#copies = [];
  }

  #write(work: readonly WorldWork[], content: (sequence: WorldSequence, position: number) => number): void {
    for (const { sequence, count } of work) {
      const { computed } = sequence.kv;
      for (let position = computed; position < computed + count; position++) {
        const block = this.#blockAt(sequence, position);
        const holders = this.running.filter(({ kv }) => blocksOf(kv).includes(block)).length;
        require(holders === 1, `block ${block} is written and shared by ${holders}`);
        this.#memory[this.#slot(sequence, position)] = content(sequence, position);
      }
    }
  }

  #checkContents(): void {
    if (this.#copies.length > 0) return; // what is to be copied is not there yet
    for (const sequence of this.running) {
      for (let position = 0; position < sequence.kv.computed; position++) {
        const found = this.#memory[this.#slot(sequence, position)];
        require(found === sequence.tokens[position], `position ${position} holds the token ${found}`);
      }
    }
  }

  #check(): void {
    if (this.paged !== undefined) checkInvariants(this.paged);
    const { usedTokens, reservedTokens, cachedTokens, totalTokens } = this.cache.usage();
    require(usedTokens <= reservedTokens, 'no more tokens than slots');
    require(reservedTokens + cachedTokens <= totalTokens, 'no more than the pool');
    for (const { kv } of this.running) {
      const blocks = blocksOf(kv);
      require(new Set(blocks).size === blocks.length, 'a sequence has each block once');
    }
    if (this.cache.policy === 'contiguous') return;
    const most = this.running.length * (this.cache.blockSize - 1);
    require(reservedTokens - usedTokens <= most, 'less than a block is wasted');
  }

  #blockAt({ kv }: WorldSequence, position: number): number {
    return kv.blocks[Math.floor(position / this.cache.blockSize)]!;
  }

  #slot(sequence: WorldSequence, position: number): number {
    const { blockSize } = this.cache;
    return this.#blockAt(sequence, position) * blockSize + (position % blockSize);
  }
}

const blocksOf = ({ blocks, blockCount }: KvSequence): number[] => [...blocks.subarray(0, blockCount)];

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`broken: ${what}`);
}
