// `paged` (Kwon et al. 2023): sequences hold as many blocks as they need from a pool for each group of layers.
// Computed tokens, those of running sequences included, are in a prefix tree: a prompt shares every block that
// matches and copies the block that matches in part. A shared block is copied before it is written. Blocks without an
// owner can be found until they are evicted, least recently used first, the end of a text before its start.
//
// This class coordinates the groups of layers. A prefix counts as far as every group holds what later tokens attend
// to, and a sequence runs when every group has blocks for it. A group with a window releases the blocks that the
// window has passed.

import { assert } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';
import type { CacheMiss } from '../completion/cache-report.ts';
import type { BlockCopies } from './block-copies.ts';
import { type BlockTables, blockAt, pushBlock } from './block-tables.ts';
import type { EventRing } from './event-ring.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { BlockLoad, GroupOffloaders } from './group-offloaders.ts';
import type { GrowingSequence, KvCache, KvOffload, KvSequence, KvUsage } from './kv-cache.ts';
import type { MissExplainer } from './miss-explainer.ts';
import { PagedCapacity } from './paged-capacity.ts';
import { groupUsage } from './paged-usage.ts';
import { findPath, type PagedMatch, type PrefixPath, usablePrefixLength } from './prefix-match.ts';
import type { PrefixTree } from './prefix-tree.ts';
import { SharedBlocks } from './shared-blocks.ts';
import { firstRetained, longestUsablePrefix } from './window.ts';

export interface PagedSequence extends KvSequence {
  /** the last full node of the computed tokens, or the root; the sequence holds it */
  lastFullNode: NodeId;
  /** blocks that are being loaded or will be */
  loads: readonly BlockLoad[];
}

/** A block that is in the offload store and not in memory. */
interface MissingBlock {
  readonly group: GroupBlocks;
  readonly index: number;
}

export interface PagedParts {
  readonly groups: readonly GroupBlocks[];
  readonly tree: PrefixTree;
  readonly tables: BlockTables;
  readonly misses: MissExplainer;
  /** undefined without an offload store */
  readonly offloaders: GroupOffloaders | undefined;
  readonly events: EventRing;
  readonly blockSize: number;
  /** length of the longest sequence that fits in a block table */
  readonly contextLength: number;
  /** maximum tokens that a step computes for one sequence */
  readonly stepTokens: number;
}

export class PagedCache implements KvCache {
  readonly policy = 'paged';
  readonly sharesRunning = true;
  readonly retainsTokens = true;
  readonly blockSize: number;
  readonly groups: number;
  readonly maxLength: number;
  readonly offload: KvOffload | undefined;
  readonly running = new Set<PagedSequence>();
  readonly #parts: PagedParts;
  readonly #shared: SharedBlocks;
  readonly #capacity: PagedCapacity;
  #version = 0;

  constructor(parts: PagedParts) {
    this.#parts = parts;
    this.#shared = new SharedBlocks(parts);
    this.blockSize = parts.blockSize;
    this.groups = parts.groups.length;
    this.#capacity = new PagedCapacity(parts);
    this.maxLength = this.#capacity.longestSequence;
    const { offloaders } = parts;
    if (offloaders === undefined) return;
    this.offload = {
      get nextTransfer() {
        return offloaders.nextTransfer;
      },
      restore: (sequence: PagedSequence, tokens) => this.#restore(sequence, tokens, offloaders),
      flush: () => offloaders.flush(),
    };
  }

  get tree(): PrefixTree {
    return this.#parts.tree;
  }

  get events(): EventRing {
    return this.#parts.events;
  }

  /** For tests and visualization. */
  get groupBlocks(): readonly GroupBlocks[] {
    return this.#parts.groups;
  }

  match(prompt: Int32Array, salt: string): PagedMatch {
    const { blockSize } = this;
    const { tree, groups, offloaders } = this.#parts;
    const path = findPath(tree, prompt, salt, blockSize);
    const tokens = usablePrefixLength(path, groups, blockSize);
    const prefix = offloaders?.findPrefix(prompt, salt, path);
    const runningTokens = this.#runningTokens(path, tokens);
    const match = { prompt, salt, path, tokens, runningTokens, version: this.#version };
    if (prefix !== undefined && prefix.length > tokens) {
      return { ...match, storedTokens: prefix.length - tokens, keyOf: prefix.keyOf, tail: undefined };
    }
    const full = Math.floor(tokens / blockSize);
    const tail = tokens % blockSize === 0 ? undefined : (path.nodes[full] ?? path.tail);
    return { ...match, storedTokens: 0, keyOf: undefined, tail };
  }

  explain(match: PagedMatch): CacheMiss | undefined {
    return match.version === this.#version ? this.#parts.misses.explain(match) : undefined;
  }

  canAdmit(match: PagedMatch, others: Iterable<GrowingSequence>, headroom: number): boolean {
    this.#assertCurrent(match);
    return this.#capacity.canAdmit(match, [...others], headroom);
  }

  createSequence(match: PagedMatch, copies: BlockCopies): PagedSequence | undefined {
    this.#assertCurrent(match);
    const { tree, tables, events } = this.#parts;
    const { salt, path, prompt } = match;
    if (!this.#capacity.canCreate(match) || (path.root === undefined && !this.#shared.ensureFreeNodes()))
      return undefined;
    const slot = tables.allocate();
    if (slot === undefined) return undefined;
    this.#version++;
    const sequence: PagedSequence = {
      ...slot,
      salt,
      lastFullNode: tree.holdRoot(salt),
      computed: 0,
      loads: [],
    };
    this.running.add(sequence);
    const missing = this.#shareFound(sequence, match);
    if (match.tail !== undefined) this.#shareTail(sequence, match, match.tail, copies);
    if (match.storedTokens > 0) {
      this.#prepareLoads(sequence, match, missing);
      if (!this.#hasNodesFor(0)) {
        this.release(sequence);
        return undefined;
      }
    } else {
      sequence.computed = match.tokens;
      this.#holdNode(
        sequence,
        path.nodes[Math.floor(match.tokens / this.blockSize) - 1] ?? sequence.lastFullNode,
      );
    }
    events.push('found', prompt.length, match.tokens);
    return sequence;
  }

  reserve(sequence: PagedSequence, length: number, copies: BlockCopies): boolean {
    const written = Math.floor(sequence.computed / this.blockSize);
    const copied = length > sequence.computed && this.#mustCopy(sequence, written);
    const end = Math.ceil(length / this.blockSize);
    const fresh = Math.max(0, end - sequence.tables[0]!.end);
    const wanted = fresh + (copied ? 1 : 0);
    if (this.#parts.groups.some(({ pool }) => pool.available < wanted)) return false;
    if (fresh > 0 && !this.#hasNodesFor(fresh)) return false;
    if (wanted > 0) this.#version++;
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      if (copied) {
        const shared = blockAt(table, written);
        table.blocks[written] = this.#shared.allocateCopy(group, shared, copies);
        this.#shared.release(group, shared);
      }
      for (let i = 0; i < fresh; i++) pushBlock(table, this.#shared.allocate(group));
    }
    return true;
  }

  commit(sequence: PagedSequence, tokens: Int32Array, length: number): void {
    const { blockSize } = this;
    assert(length <= sequence.tables[0]!.end * blockSize, 'more tokens are committed than the blocks hold');
    this.#version++;
    for (let i = Math.floor(sequence.computed / blockSize); i * blockSize < length; i++) {
      const end = Math.min(length, (i + 1) * blockSize);
      const block = { parent: sequence.lastFullNode, tokens, from: i * blockSize, end };
      const node = this.#shared.commit(block, sequence.tables);
      if (end === (i + 1) * blockSize) this.#holdNode(sequence, node);
    }
    sequence.computed = Math.max(length, sequence.computed);
    this.#releaseBeforeWindow(sequence);
  }

  truncate(sequence: PagedSequence, length: number): void {
    this.#version++;
    if (length < sequence.computed) this.#rewind(sequence, length);
    const keep = Math.ceil(sequence.computed / this.blockSize);
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      while (table.end > Math.max(keep, table.first)) {
        this.#shared.release(group, blockAt(table, --table.end));
      }
      if (keep < table.first) table.first = table.end = keep;
    }
  }

  fork({ computed, salt, lastFullNode, tables: shared }: PagedSequence): PagedSequence | undefined {
    const slot = this.#parts.tables.allocate();
    if (slot === undefined) return undefined;
    this.#version++;
    const forked: PagedSequence = { ...slot, salt, lastFullNode, computed, loads: [] };
    this.tree.hold(lastFullNode);
    for (const group of this.#parts.groups) {
      const { first } = shared[group.group]!;
      const table = forked.tables[group.group]!;
      table.first = table.end = first;
      for (let i = first; i * this.blockSize < computed; i++) {
        pushBlock(table, group.share(blockAt(shared[group.group]!, i)));
      }
    }
    this.running.add(forked);
    return forked;
  }

  release(sequence: PagedSequence): void {
    assert(this.running.delete(sequence), 'a sequence is released twice');
    this.truncate(sequence, sequence.computed); // releases unused reservations first
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      while (table.end > table.first) this.#shared.release(group, blockAt(table, --table.end));
    }
    this.#parts.tables.release(sequence);
    this.tree.release(sequence.lastFullNode);
  }

  usage(): KvUsage[] {
    return this.#parts.groups.map((group) => groupUsage(group, this.running, this.blockSize));
  }

  #assertCurrent({ version }: PagedMatch): void {
    assert(version === this.#version, 'the cache changed after the match');
  }

  #runningTokens({ nodes, tail }: PrefixPath, tokens: number): number {
    let running = 0;
    for (let at = 0; at < tokens; at += this.blockSize) {
      const node = nodes[at / this.blockSize] ?? tail!;
      const isHeld = this.#parts.groups.some((group) => {
        const block = group.blockOf(node);
        return block !== undefined && group.isRunning(block);
      });
      if (isHeld) running += Math.min(this.blockSize, tokens - at);
    }
    return running;
  }

  // Shares the blocks in memory; must precede any allocation, which may evict them. Returns the blocks that are not
  // in memory.
  #shareFound(sequence: PagedSequence, match: PagedMatch): MissingBlock[] {
    const missing: MissingBlock[] = [];
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      const { first, end } = this.#capacity.rangeOf(match, group);
      table.first = first;
      table.end = end;
      for (let index = first; index < end; index++) {
        const node = match.path.nodes[index];
        const block = node === undefined ? undefined : group.blockOf(node);
        if (block === undefined) missing.push({ group, index });
        else table.blocks[index] = group.share(block);
      }
    }
    return missing;
  }

  #shareTail(sequence: PagedSequence, match: PagedMatch, tail: NodeId, copies: BlockCopies): void {
    const continued = this.#capacity.extendsTailInPlace(match);
    const found = this.#parts.groups.map((group) => group.blockOf(tail)!);
    for (const group of this.#parts.groups) {
      const block = found[group.group]!;
      const table = sequence.tables[group.group]!;
      if (continued) pushBlock(table, group.share(block));
      else {
        if (group.pool.isCached(block)) group.pool.touch(block);
        pushBlock(table, this.#shared.allocateCopy(group, block, copies));
      }
    }
  }

  #prepareLoads(sequence: PagedSequence, { keyOf }: PagedMatch, missing: readonly MissingBlock[]): void {
    sequence.loads = missing.map(({ group, index }) => {
      const block = this.#shared.allocate(group);
      sequence.tables[group.group]!.blocks[index] = block;
      this.events.push('loaded', block, 0, group.group);
      return { group: group.group, index, key: keyOf!(group.group, index), block };
    });
  }

  async #restore(sequence: PagedSequence, tokens: Int32Array, offloaders: GroupOffloaders): Promise<void> {
    const { loads, tables } = sequence;
    const good = await offloaders.load(loads);
    this.#version++;
    if (this.running.has(sequence)) {
      sequence.loads = [];
      const lost = new Set(
        loads.filter((load) => !good.has(load)).map(({ group, index }) => `${group} ${index}`),
      );
      const keeps = this.#parts.groups.map((group) => group.keeps);
      const whole = tables[0]!.end * this.blockSize;
      const length = longestUsablePrefix(keeps, whole, this.blockSize, (group, index) => {
        return index >= tables[group]!.first && !lost.has(`${group} ${index}`);
      });
      this.commit(sequence, tokens, length);
      this.truncate(sequence, length);
    }
    offloaders.unpin(loads);
  }

  // Returns whether the tree can hold nodes for all blocks that are reserved and not committed, and `fresh` more. A
  // group that keeps all positions guarantees it: the tree has a node for each of its blocks.
  #hasNodesFor(fresh: number): boolean {
    if (this.#parts.groups.some(({ keeps }) => keeps === 'all')) return true;
    let count = fresh;
    for (const { tables, computed } of this.running) {
      count += tables[0]!.end - Math.floor(computed / this.blockSize);
    }
    return this.#shared.ensureFreeNodes(count);
  }

  // A block is copied before a write if it has other owners, or if it holds tokens that would be overwritten.
  #mustCopy({ tables, computed }: PagedSequence, index: number): boolean {
    if (index >= tables[0]!.end) return false;
    const offset = computed - index * this.blockSize;
    return this.#parts.groups.some((group) => {
      const block = blockAt(tables[group.group]!, index);
      return group.pool.owners(block) > 1 || group.count(block) > offset;
    });
  }

  #holdNode(sequence: PagedSequence, node: NodeId): void {
    this.tree.hold(node);
    this.tree.release(sequence.lastFullNode);
    sequence.lastFullNode = node;
  }

  // Reduces the computed tokens to `wanted`, or to none if a window has released what later tokens attend to.
  #rewind(sequence: PagedSequence, wanted: number): void {
    const isHeld = this.#parts.groups.every((group) => {
      return firstRetained(group.keeps, wanted) >= sequence.tables[group.group]!.first * this.blockSize;
    });
    const length = isHeld ? wanted : 0;
    const levels = Math.floor(sequence.computed / this.blockSize) - Math.floor(length / this.blockSize);
    let node = sequence.lastFullNode;
    for (let i = 0; i < levels; i++) node = this.tree.parentOf(node)!;
    this.#holdNode(sequence, node);
    sequence.computed = length;
  }

  // The start is released first, so that it is evicted before what follows it.
  #releaseBeforeWindow({ tables, computed }: PagedSequence): void {
    for (const group of this.#parts.groups) {
      const table = tables[group.group]!;
      const first = Math.floor(firstRetained(group.keeps, computed) / this.blockSize);
      while (table.first < first) this.#shared.release(group, blockAt(table, table.first++));
    }
  }
}
