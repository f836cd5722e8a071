// The cache policy `paged` (Kwon et al. 2023): each layer group has a pool of blocks, from which a sequence allocates
// only as many as it needs. The computed tokens, including those of running sequences, are in a prefix tree. A prompt
// shares the blocks that match completely and copies the block that matches in part. A shared block is copied before it
// is written. Blocks without an owner stay cached until they are evicted: least recently used first, and the end of a
// text before its start.
//
// This class coordinates the layer groups. A prefix is reused up to the last position at which every group still has the
// blocks to which later tokens attend. A sequence runs only if every group has blocks for it. A group with a window
// releases the blocks before the window.

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
import { firstRetainedPosition, longestUsablePrefix } from './window.ts';

export interface PagedSequence extends KvSequence {
  /** the last full node of the computed tokens, or the root; the sequence retains this node */
  lastFullNode: NodeId;
  /** blocks that must be loaded before the sequence runs; empty after that */
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
  /** maximum number of tokens that a step computes for one sequence */
  readonly stepTokens: number;
}

export class PagedCache implements KvCache {
  readonly policy = 'paged';
  readonly canShareRunning = true;
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

  /** Exposed for tests and visualization. */
  get groupBlocks(): readonly GroupBlocks[] {
    return this.#parts.groups;
  }

  match(prompt: Int32Array, salt: string, computesAll = false): PagedMatch {
    const { blockSize } = this;
    const { tree, groups, offloaders } = this.#parts;
    const path = findPath(tree, computesAll ? prompt.subarray(0, 1) : prompt, salt, blockSize);
    const tokens = usablePrefixLength(path, groups, blockSize);
    const offloaded = computesAll ? undefined : offloaders?.findPrefix(prompt, salt, path);
    const runningTokens = this.#runningTokens(path, tokens);
    const match = { prompt, salt, path, tokens, runningTokens, version: this.#version };
    if (offloaded !== undefined && offloaded.length > tokens) {
      return { ...match, storedTokens: offloaded.length - tokens, keyOf: offloaded.keyOf, tail: undefined };
    }
    const fullBlocks = Math.floor(tokens / blockSize);
    const tail = tokens % blockSize === 0 ? undefined : (path.nodes[fullBlocks] ?? path.tail);
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
      lastFullNode: tree.retainRoot(salt),
      computed: 0,
      loads: [],
    };
    this.running.add(sequence);
    const missingBlocks = this.#shareFound(sequence, match);
    if (match.tail !== undefined) this.#shareTail(sequence, match, match.tail, copies);
    if (match.storedTokens > 0) {
      this.#prepareLoads(sequence, match, missingBlocks);
      if (!this.#hasNodesFor(0)) {
        this.release(sequence);
        return undefined;
      }
    } else {
      sequence.computed = match.tokens;
      this.#retainNode(
        sequence,
        path.nodes[Math.floor(match.tokens / this.blockSize) - 1] ?? sequence.lastFullNode,
      );
    }
    events.push('found', prompt.length, match.tokens);
    return sequence;
  }

  reserve(sequence: PagedSequence, length: number, copies: BlockCopies): boolean {
    const writeIndex = Math.floor(sequence.computed / this.blockSize);
    const mustCopy = length > sequence.computed && this.#mustCopy(sequence, writeIndex);
    const end = Math.ceil(length / this.blockSize);
    const addedBlocks = Math.max(0, end - sequence.tables[0]!.end);
    const allocated = addedBlocks + (mustCopy ? 1 : 0);
    if (this.#parts.groups.some(({ pool }) => pool.availableCount < allocated)) return false;
    if (addedBlocks > 0 && !this.#hasNodesFor(addedBlocks)) return false;
    if (allocated > 0) this.#version++;
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      if (mustCopy) {
        const shared = blockAt(table, writeIndex);
        table.blocks[writeIndex] = this.#shared.allocateCopy(group, shared, copies);
        this.#shared.release(group, shared);
      }
      for (let i = 0; i < addedBlocks; i++) pushBlock(table, this.#shared.allocate(group));
    }
    return true;
  }

  commit(sequence: PagedSequence, tokens: Int32Array, length: number): void {
    const { blockSize } = this;
    assert(length <= sequence.tables[0]!.end * blockSize, 'more tokens are committed than fit in the blocks');
    this.#version++;
    for (let i = Math.floor(sequence.computed / blockSize); i * blockSize < length; i++) {
      const end = Math.min(length, (i + 1) * blockSize);
      const block = { parent: sequence.lastFullNode, tokens, from: i * blockSize, end };
      const node = this.#shared.commit(block, sequence.tables);
      if (end === (i + 1) * blockSize) this.#retainNode(sequence, node);
    }
    sequence.computed = Math.max(length, sequence.computed);
    this.#releaseBeforeWindow(sequence);
  }

  truncate(sequence: PagedSequence, length: number): void {
    this.#version++;
    if (length < sequence.computed) this.#rewind(sequence, length);
    const end = Math.ceil(sequence.computed / this.blockSize);
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      while (table.end > Math.max(end, table.first)) {
        this.#shared.release(group, blockAt(table, --table.end));
      }
      if (end < table.first) table.first = table.end = end;
    }
  }

  fork({ computed, salt, lastFullNode, tables }: PagedSequence): PagedSequence | undefined {
    const slot = this.#parts.tables.allocate();
    if (slot === undefined) return undefined;
    this.#version++;
    const forked: PagedSequence = { ...slot, salt, lastFullNode, computed, loads: [] };
    this.tree.retain(lastFullNode);
    for (const group of this.#parts.groups) {
      const { first } = tables[group.group]!;
      const table = forked.tables[group.group]!;
      table.first = table.end = first;
      for (let i = first; i * this.blockSize < computed; i++) {
        pushBlock(table, group.share(blockAt(tables[group.group]!, i)));
      }
    }
    this.running.add(forked);
    return forked;
  }

  release(sequence: PagedSequence): void {
    assert(this.running.delete(sequence), 'a sequence is released twice');
    this.truncate(sequence, sequence.computed); // releases the reserved blocks without tokens first
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
    for (let position = 0; position < tokens; position += this.blockSize) {
      const node = nodes[position / this.blockSize] ?? tail!;
      const isRunning = this.#parts.groups.some((group) => {
        const block = group.blockOf(node);
        return block !== undefined && group.hasRunningOwner(block);
      });
      if (isRunning) running += Math.min(this.blockSize, tokens - position);
    }
    return running;
  }

  // Shares the matched blocks that are in memory; returns those that are not. Must be called before any allocation, which
  // could evict the matched blocks.
  #shareFound(sequence: PagedSequence, match: PagedMatch): MissingBlock[] {
    const missingBlocks: MissingBlock[] = [];
    for (const group of this.#parts.groups) {
      const table = sequence.tables[group.group]!;
      const { first, end } = this.#capacity.rangeOf(match, group);
      table.first = first;
      table.end = end;
      for (let index = first; index < end; index++) {
        const node = match.path.nodes[index];
        const block = node === undefined ? undefined : group.blockOf(node);
        if (block === undefined) missingBlocks.push({ group, index });
        else table.blocks[index] = group.share(block);
      }
    }
    return missingBlocks;
  }

  // Adds the partial block at the end of the match to the sequence: the block itself or a copy.
  #shareTail(sequence: PagedSequence, match: PagedMatch, tail: NodeId, copies: BlockCopies): void {
    const isExtended = this.#capacity.extendsTailInPlace(match);
    const foundBlocks = this.#parts.groups.map((group) => group.blockOf(tail)!);
    for (const group of this.#parts.groups) {
      const block = foundBlocks[group.group]!;
      const table = sequence.tables[group.group]!;
      if (isExtended) pushBlock(table, group.share(block));
      else {
        if (group.pool.isCached(block)) group.pool.touch(block);
        pushBlock(table, this.#shared.allocateCopy(group, block, copies));
      }
    }
  }

  // Allocates the blocks that must be loaded from the offload store.
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
    const valid = await offloaders.load(loads);
    this.#version++;
    if (this.running.has(sequence)) {
      sequence.loads = [];
      const failedLoads = new Set(
        loads.filter((load) => !valid.has(load)).map(({ group, index }) => `${group} ${index}`),
      );
      const retentions = this.#parts.groups.map((group) => group.retention);
      const maxLength = tables[0]!.end * this.blockSize;
      const length = longestUsablePrefix(retentions, maxLength, this.blockSize, (group, index) => {
        return index >= tables[group]!.first && !failedLoads.has(`${group} ${index}`);
      });
      this.commit(sequence, tokens, length);
      this.truncate(sequence, length);
    }
    offloaders.unpin(loads);
  }

  // Returns whether nodes are free, or can be freed, for all blocks that are reserved and not committed, and for `added`
  // more. The tree has enough nodes for every block of a group that retains all positions, so no check is needed then.
  #hasNodesFor(added: number): boolean {
    if (this.#parts.groups.some(({ retention }) => retention === 'all')) return true;
    let count = added;
    for (const { tables, computed } of this.running) {
      count += tables[0]!.end - Math.floor(computed / this.blockSize);
    }
    return this.#shared.ensureFreeNodes(count);
  }

  // Returns whether the block at an index must be copied before a write: it has other owners, or its node has tokens that
  // would be overwritten.
  #mustCopy({ tables, computed }: PagedSequence, index: number): boolean {
    if (index >= tables[0]!.end) return false;
    const offset = computed - index * this.blockSize;
    return this.#parts.groups.some((group) => {
      const block = blockAt(tables[group.group]!, index);
      return group.pool.ownerCount(block) > 1 || group.tokenCount(block) > offset;
    });
  }

  #retainNode(sequence: PagedSequence, node: NodeId): void {
    this.tree.retain(node);
    this.tree.release(sequence.lastFullNode);
    sequence.lastFullNode = node;
  }

  // Reduces the computed tokens to `maxLength`, or to 0 if a window has released blocks to which the next tokens attend.
  #rewind(sequence: PagedSequence, maxLength: number): void {
    const isRetained = this.#parts.groups.every((group) => {
      return (
        firstRetainedPosition(group.retention, maxLength) >=
        sequence.tables[group.group]!.first * this.blockSize
      );
    });
    const length = isRetained ? maxLength : 0;
    const levels = Math.floor(sequence.computed / this.blockSize) - Math.floor(length / this.blockSize);
    let node = sequence.lastFullNode;
    for (let i = 0; i < levels; i++) node = this.tree.parentOf(node)!;
    this.#retainNode(sequence, node);
    sequence.computed = length;
  }

  // Releases the blocks before the window in the order of the text, so that earlier blocks are evicted first.
  #releaseBeforeWindow({ tables, computed }: PagedSequence): void {
    for (const group of this.#parts.groups) {
      const table = tables[group.group]!;
      const first = Math.floor(firstRetainedPosition(group.retention, computed) / this.blockSize);
      while (table.first < first) this.#shared.release(group, blockAt(table, table.first++));
    }
  }
}
