// A cache policy with a simulated KV memory: each slot of a layer group contains a token instead of the keys and values of
// a token. Copies and writes are performed as a backend performs them, so wrong sharing yields a wrong token. All
// invariants are checked after each operation.

import { commonPrefixLength } from '../../../src/base/common-prefix.ts';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import { BlockCopies } from '../../../src/kv/block-copies.ts';
import { type BlockTable, containsIndex } from '../../../src/kv/block-tables.ts';
import type { CachePolicy } from '../../../src/kv/cache-policy.ts';
import { createCache, createPagedCache } from '../../../src/kv/create-cache.ts';
import { EventRing } from '../../../src/kv/event-ring.ts';
import type { KvCache, KvSequence } from '../../../src/kv/kv-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { firstRetainedPosition } from '../../../src/kv/window.ts';
import { checkInvariants } from './cache-invariants.ts';

const EMPTY = -1;
const HALF_COMPUTED = -2;

export interface SimulatedShape {
  /** number of blocks of each layer group */
  readonly blocks: number;
  /** which positions each layer group retains; one group without a window by default */
  readonly retentions?: readonly KvKeeps[];
  readonly blockSize: number;
  readonly contextLength: number;
  readonly maxRunning?: number;
  readonly stepTokens?: number;
}

export interface SimulatedSequence {
  readonly kv: KvSequence;
  readonly salt: string;
  readonly cachedTokens: number;
  readonly tokens: number[];
}

/** Part of a step: `count` more tokens of a sequence. */
export interface SimulatedWork {
  readonly sequence: SimulatedSequence;
  readonly count: number;
}

export class SimulatedKv {
  readonly cache: KvCache;
  readonly paged: PagedCache | undefined;
  readonly events = new EventRing(1 << 16);
  readonly running: SimulatedSequence[] = [];
  readonly #retentions: readonly KvKeeps[];
  readonly #memory: readonly Int32Array[]; // [groups][blocks, blockSize] tokens
  // All computed texts by salt. The cache must find each of them until a block is evicted.
  readonly #computed = new Map<string, number[][]>();
  #copies: BlockCopies;

  constructor(policy: CachePolicy, { blocks, retentions = ['all'], ...shape }: SimulatedShape) {
    const groups = retentions.map((retention) => ({ retention, blocks }));
    const cacheShape = { maxRunning: 8, ...shape, groups, events: this.events };
    this.paged = policy === 'paged' ? createPagedCache(cacheShape) : undefined;
    this.cache = this.paged ?? createCache(policy, cacheShape);
    this.#retentions = policy === 'paged' ? retentions : retentions.map(() => 'all');
    this.#memory = retentions.map(() => new Int32Array(blocks * shape.blockSize).fill(EMPTY));
    this.#copies = new BlockCopies(retentions.length);
  }

  start(prompt: readonly number[], salt = ''): SimulatedSequence | undefined {
    const tokens = Int32Array.from(prompt);
    const match = this.cache.match(tokens, salt);
    const longest = this.longestComputed(prompt, salt);
    this.cache.explain(match);
    const kv = this.cache.createSequence(match, this.#copies);
    if (kv === undefined) return undefined;
    ensure(kv.computed === match.tokens, `${kv.computed} tokens are computed, but ${match.tokens} matched`);
    ensure(kv.computed < prompt.length, 'the last token of a prompt must not be matched');
    if (this.paged && this.events.count('evicted') === 0) {
      ensure(kv.computed === longest, `${kv.computed} tokens found, but ${longest} were computed`);
    }
    const sequence = { kv, salt, cachedTokens: kv.computed, tokens: [...prompt] };
    this.running.push(sequence);
    this.#check();
    return sequence;
  }

  /**
   * Runs a step: reserves blocks, makes the copies, writes and commits the tokens. Returns the sequences for which not
   * enough blocks were available.
   */
  step(work: readonly SimulatedWork[]): SimulatedSequence[] {
    const reservedWork = this.#reserve(work);
    this.#applyCopies();
    this.#checkContents();
    this.#write(reservedWork, ({ tokens }, position) => tokens[position]!);
    for (const { sequence, count } of reservedWork) {
      const length = sequence.kv.computed + count;
      this.cache.commit(sequence.kv, Int32Array.from(sequence.tokens), length);
      this.#remember(sequence, length);
    }
    this.#check();
    this.#checkContents();
    return work.filter((item) => !reservedWork.includes(item)).map(({ sequence }) => sequence);
  }

  /** Simulates a step that fails after `copies` copies were made: all running sequences end and no token is committed. */
  fail(work: readonly SimulatedWork[], copies: number): void {
    const reservedWork = this.#reserve(work);
    for (const pairs of this.#copies.groups) pairs.length = Math.min(pairs.length, 2 * copies);
    this.#applyCopies();
    this.#write(reservedWork, () => HALF_COMPUTED);
    for (const sequence of [...this.running]) this.#end(sequence);
    this.#check(); // not before all sequences have ended: until then more than a block per sequence is reserved
  }

  /** Simulates that no step runs because no sequence has work. */
  idle(): void {
    ensure(this.running.length === 0, 'idle requires that no sequence runs');
    this.#copies.drain();
  }

  /** Appends a token to a sequence whose tokens are all computed. */
  append(sequence: SimulatedSequence, token: number): void {
    ensure(
      sequence.kv.computed === sequence.tokens.length,
      'a token can be appended only when all tokens are computed',
    );
    if (!this.cache.retainsTokens) this.cache.truncate(sequence.kv, 0);
    sequence.tokens.push(token);
    this.#check();
  }

  fork(sequence: SimulatedSequence): SimulatedSequence | undefined {
    const kv = this.cache.fork(sequence.kv, this.#copies);
    if (kv === undefined) return undefined;
    const { salt, tokens } = sequence;
    const forked = { kv, salt, cachedTokens: kv.computed, tokens: [...tokens] };
    this.running.push(forked);
    this.#check();
    return forked;
  }

  /** Truncates a sequence to `length` tokens, at least 1. */
  truncate(sequence: SimulatedSequence, length: number): void {
    this.cache.truncate(sequence.kv, length);
    sequence.tokens.length = length;
    ensure(sequence.kv.computed <= length, 'more tokens are computed than remain');
    this.#check();
  }

  release(sequence: SimulatedSequence): void {
    this.#end(sequence);
    this.#check();
  }

  /** Returns the length of the longest prefix of `prompt` that was computed under a salt, excluding the last token. */
  longestComputed(prompt: readonly number[], salt = ''): number {
    const withoutLast = prompt.slice(0, -1);
    const computedTexts = this.#computed.get(salt) ?? [];
    return Math.max(0, ...computedTexts.map((tokens) => commonPrefixLength(tokens, withoutLast)));
  }

  #end(sequence: SimulatedSequence): void {
    this.running.splice(this.running.indexOf(sequence), 1);
    this.cache.release(sequence.kv, Int32Array.from(sequence.tokens));
  }

  #remember({ salt, tokens }: SimulatedSequence, length: number): void {
    const computedTexts = this.#computed.get(salt) ?? [];
    this.#computed.set(salt, [...computedTexts, tokens.slice(0, length)]);
  }

  // Reserves blocks; returns the work whose blocks could be reserved.
  #reserve(work: readonly SimulatedWork[]): SimulatedWork[] {
    return work.filter(({ sequence, count }) => {
      const before = this.#availableCounts();
      const isReserved = this.cache.reserve(sequence.kv, sequence.kv.computed + count, this.#copies);
      if (!isReserved) ensure(this.#availableCounts() === before, 'a failed reservation must change nothing');
      else this.#checkBound(sequence.kv, count);
      return isReserved;
    });
  }

  #availableCounts(): string {
    return String(this.paged?.groupBlocks.map(({ pool }) => pool.availableCount));
  }

  // Checks that in a group with a window a sequence owns at most the window, the tokens of a step and two blocks.
  #checkBound({ tables }: KvSequence, stepTokens: number): void {
    this.#retentions.forEach((retention, group) => {
      const { first, end } = tables[group]!;
      const owned = (end - first) * this.cache.blockSize;
      if (retention === 'all') return;
      const limit = retention.window + stepTokens + 2 * this.cache.blockSize;
      ensure(
        owned <= limit,
        `a sequence owns blocks for ${owned} tokens with a window of ${retention.window}`,
      );
    });
  }

  #applyCopies(): void {
    const { blockSize } = this.cache;
    for (const [group, pairs] of this.#copies.drain().entries()) {
      for (let i = 0; i < pairs.length; i += 2) {
        const from = pairs[i]! * blockSize;
        this.#memory[group]!.copyWithin(pairs[i + 1]! * blockSize, from, from + blockSize);
      }
    }
  }

  #write(
    work: readonly SimulatedWork[],
    content: (sequence: SimulatedSequence, position: number) => number,
  ): void {
    for (const { sequence, count } of work) {
      const { computed } = sequence.kv;
      for (let position = computed; position < computed + count; position++) {
        sequence.kv.tables.forEach((table, group) => {
          const block = this.#blockAt(table, position);
          const owns = ({ kv }: SimulatedSequence): boolean => blocksOf(kv.tables[group]!).includes(block);
          const owners = this.running.filter(owns).length;
          ensure(owners === 1, `block ${block} is written, but ${owners} sequences own it`);
          this.#memory[group]![this.#slot(table, position)] = content(sequence, position);
        });
      }
    }
  }

  #checkContents(): void {
    if (!this.#copies.isEmpty) return; // pending copies are not made yet
    for (const { kv, tokens } of this.running) {
      kv.tables.forEach((table, group) => {
        const first = firstRetainedPosition(this.#retentions[group]!, kv.computed);
        for (let position = first; position < kv.computed; position++) {
          const foundToken = this.#memory[group]![this.#slot(table, position)];
          ensure(
            foundToken === tokens[position],
            `position ${position} of group ${group} contains token ${foundToken}`,
          );
        }
      });
    }
  }

  #check(): void {
    if (this.paged !== undefined) checkInvariants(this.paged);
    for (const { usedTokens, reservedTokens, cachedTokens, totalTokens } of this.cache.usage()) {
      ensure(usedTokens <= reservedTokens, 'more tokens are used than reserved');
      ensure(
        reservedTokens + cachedTokens <= totalTokens,
        'more tokens are reserved and cached than the pool has',
      );
      const maxUnused = this.running.length * (this.cache.blockSize - 1);
      if (this.cache.policy !== 'contiguous') {
        ensure(reservedTokens - usedTokens <= maxUnused, 'a block or more per sequence is unused');
      }
    }
    for (const { kv } of this.running) {
      for (const table of kv.tables) {
        const blocks = blocksOf(table);
        ensure(new Set(blocks).size === blocks.length, 'a block table contains a block twice');
      }
    }
  }

  #blockAt(table: BlockTable, position: number): number {
    const index = Math.floor(position / this.cache.blockSize);
    ensure(containsIndex(table, index), `the sequence does not own the block of position ${position}`);
    return table.blocks[index]!;
  }

  #slot(table: BlockTable, position: number): number {
    const { blockSize } = this.cache;
    return this.#blockAt(table, position) * blockSize + (position % blockSize);
  }
}

const blocksOf = ({ blocks, first, end }: BlockTable): number[] => [...blocks.subarray(first, end)];

function ensure(condition: boolean, violation: string): void {
  if (!condition) throw new Error(violation);
}
