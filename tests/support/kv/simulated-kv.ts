// A cache policy with a simulated memory: every slot of every group of layers contains a token instead of its keys and
// values. Copies and writes are performed as by a backend, so wrong sharing yields a wrong token. The invariants are
// checked after each operation.

import { commonPrefix } from '../../../src/base/common-prefix.ts';
import type { KvKeeps } from '../../../src/base/model/kv-layout.ts';
import { BlockCopies } from '../../../src/kv/block-copies.ts';
import { type BlockTable, holdsIndex } from '../../../src/kv/block-tables.ts';
import type { CachePolicy } from '../../../src/kv/cache-policy.ts';
import { createCache, createPagedCache } from '../../../src/kv/create-cache.ts';
import { EventRing } from '../../../src/kv/event-ring.ts';
import type { KvCache, KvSequence } from '../../../src/kv/kv-cache.ts';
import type { PagedCache } from '../../../src/kv/paged-cache.ts';
import { firstRetained } from '../../../src/kv/window.ts';
import { checkInvariants } from './cache-invariants.ts';

const EMPTY = -1;
const HALF_COMPUTED = -2;

export interface SimulatedShape {
  /** blocks of each group */
  readonly blocks: number;
  /** windows of the groups; one group that keeps all positions by default */
  readonly keeps?: readonly KvKeeps[];
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
  readonly #keeps: readonly KvKeeps[];
  readonly #memory: readonly Int32Array[]; // [groups][blocks, blockSize] tokens
  // All computed texts by salt; they can be found as long as nothing is evicted.
  readonly #computed = new Map<string, number[][]>();
  #copies: BlockCopies;

  constructor(policy: CachePolicy, { blocks, keeps = ['all'], ...shape }: SimulatedShape) {
    const groups = keeps.map((one) => ({ keeps: one, blocks }));
    const whole = { maxRunning: 8, ...shape, groups, events: this.events };
    this.paged = policy === 'paged' ? createPagedCache(whole) : undefined;
    this.cache = this.paged ?? createCache(policy, whole);
    this.#keeps = policy === 'paged' ? keeps : keeps.map(() => 'all');
    this.#memory = keeps.map(() => new Int32Array(blocks * shape.blockSize).fill(EMPTY));
    this.#copies = new BlockCopies(keeps.length);
  }

  start(prompt: readonly number[], salt = ''): SimulatedSequence | undefined {
    const tokens = Int32Array.from(prompt);
    const match = this.cache.match(tokens, salt);
    const longest = this.longestComputed(prompt, salt);
    this.cache.explain(match);
    const kv = this.cache.createSequence(match, this.#copies);
    if (kv === undefined) return undefined;
    ensure(
      kv.computed === match.tokens,
      `${kv.computed} tokens taken from the cache, ${match.tokens} matched`,
    );
    ensure(kv.computed < prompt.length, 'the last token of a prompt was not computed');
    if (this.paged && this.events.count('evicted') === 0) {
      ensure(kv.computed === longest, `${kv.computed} tokens found, but ${longest} were computed`);
    }
    const sequence = { kv, salt, cachedTokens: kv.computed, tokens: [...prompt] };
    this.running.push(sequence);
    this.#check();
    return sequence;
  }

  /** Runs a step: reserves blocks, copies, writes, commits. Returns the sequences for which blocks were missing. */
  step(work: readonly SimulatedWork[]): SimulatedSequence[] {
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

  /** Simulates a step that fails after `copied` copies: all running sequences end and nothing is committed. */
  fail(work: readonly SimulatedWork[], copied: number): void {
    const done = this.#reserve(work);
    for (const pairs of this.#copies.groups) pairs.length = Math.min(pairs.length, 2 * copied);
    this.#applyCopies();
    this.#write(done, () => HALF_COMPUTED);
    for (const sequence of [...this.running]) this.#end(sequence);
    this.#check(); // not earlier: the reservations of the others are unused
  }

  /** Simulates that no step runs because no sequence has work. */
  idle(): void {
    ensure(this.running.length === 0, 'idle requires that no sequence runs');
    this.#copies.take();
  }

  /** Appends a token to a sequence whose tokens are all computed. */
  choose(sequence: SimulatedSequence, token: number): void {
    ensure(
      sequence.kv.computed === sequence.tokens.length,
      'a token is selected when all others are computed',
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

  /** Truncates a sequence to at least one token. */
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
    const usable = prompt.slice(0, -1);
    const all = this.#computed.get(salt) ?? [];
    return Math.max(0, ...all.map((tokens) => commonPrefix(tokens, usable)));
  }

  #end(sequence: SimulatedSequence): void {
    this.running.splice(this.running.indexOf(sequence), 1);
    this.cache.release(sequence.kv, Int32Array.from(sequence.tokens));
  }

  #remember({ salt, tokens }: SimulatedSequence, length: number): void {
    const all = this.#computed.get(salt) ?? [];
    this.#computed.set(salt, [...all, tokens.slice(0, length)]);
  }

  // Reserves blocks; returns the work whose blocks could be reserved.
  #reserve(work: readonly SimulatedWork[]): SimulatedWork[] {
    return work.filter(({ sequence, count }) => {
      const before = this.#available();
      const given = this.cache.reserve(sequence.kv, sequence.kv.computed + count, this.#copies);
      if (!given) ensure(this.#available() === before, 'a rejected reservation changes nothing');
      else this.#checkBound(sequence.kv, count);
      return given;
    });
  }

  #available(): string {
    return String(this.paged?.groupBlocks.map(({ pool }) => pool.available));
  }

  // A sequence owns at most the window, the tokens of a step and two blocks of a window group.
  #checkBound({ tables }: KvSequence, stepTokens: number): void {
    this.#keeps.forEach((keeps, group) => {
      const { first, end } = tables[group]!;
      const held = (end - first) * this.cache.blockSize;
      if (keeps === 'all') return;
      const most = keeps.window + stepTokens + 2 * this.cache.blockSize;
      ensure(held <= most, `${held} tokens held for a window of ${keeps.window}`);
    });
  }

  #applyCopies(): void {
    const { blockSize } = this.cache;
    for (const [group, pairs] of this.#copies.take().entries()) {
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
          const holds = ({ kv }: SimulatedSequence): boolean => blocksOf(kv.tables[group]!).includes(block);
          const holders = this.running.filter(holds).length;
          ensure(holders === 1, `block ${block} is written, but held by ${holders} sequences`);
          this.#memory[group]![this.#slot(table, position)] = content(sequence, position);
        });
      }
    }
  }

  #checkContents(): void {
    if (!this.#copies.isEmpty) return; // pending copies are not made yet
    for (const { kv, tokens } of this.running) {
      kv.tables.forEach((table, group) => {
        const first = firstRetained(this.#keeps[group]!, kv.computed);
        for (let position = first; position < kv.computed; position++) {
          const found = this.#memory[group]![this.#slot(table, position)];
          ensure(found === tokens[position], `position ${position} of group ${group} holds ${found}`);
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
      const most = this.running.length * (this.cache.blockSize - 1);
      if (this.cache.policy !== 'contiguous') {
        ensure(reservedTokens - usedTokens <= most, 'a block or more is wasted per sequence');
      }
    }
    for (const { kv } of this.running) {
      for (const table of kv.tables) {
        const blocks = blocksOf(table);
        ensure(new Set(blocks).size === blocks.length, 'a sequence has a block twice');
      }
    }
  }

  #blockAt(table: BlockTable, position: number): number {
    const index = Math.floor(position / this.cache.blockSize);
    ensure(holdsIndex(table, index), `the block of position ${position} is not held`);
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
