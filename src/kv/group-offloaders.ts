// The offloaders of all layer groups. Finds the longest prefix of a prompt whose blocks are all in memory or in the
// offload store, and loads the stored blocks.

import type { BlockId, NodeId } from '../base/ids.ts';
import { ChainKeys } from './chain-keys.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { KvOffloader } from './kv-offloader.ts';
import type { BlockKey } from './offload-store.ts';
import type { PrefixPath } from './prefix-match.ts';
import { longestUsablePrefix } from './window.ts';

export interface OffloadedPrefix {
  /** length of the prefix in tokens, a multiple of the block size */
  readonly length: number;
  /** Returns the key of the block at an index of the prompt. */
  keyOf(group: number, index: number): BlockKey;
}

/** A block to be loaded from the store. */
export interface BlockLoad {
  readonly group: number;
  /** index of the block in the text */
  readonly index: number;
  readonly key: BlockKey;
  readonly block: BlockId;
}

export class GroupOffloaders {
  readonly #offloaders: readonly KvOffloader[]; // [groups]
  readonly #keys: readonly ChainKeys[]; // [groups]
  readonly #groups: readonly GroupBlocks[];
  readonly #blockSize: number;

  constructor(offloaders: readonly KvOffloader[], groups: readonly GroupBlocks[], blockSize: number) {
    this.#offloaders = offloaders;
    this.#keys = offloaders.map((offloader) => new ChainKeys(offloader, blockSize));
    this.#groups = groups;
    this.#blockSize = blockSize;
  }

  /** Settles when one of the current transfers ends; undefined when there is none. */
  get nextTransfer(): Promise<unknown> | undefined {
    const transfers = this.#offloaders.flatMap(({ nextTransfer }) =>
      nextTransfer === undefined ? [] : [nextTransfer],
    );
    return transfers.length === 0 ? undefined : Promise.race(transfers);
  }

  async flush(): Promise<void> {
    await Promise.all(this.#offloaders.map((offloader) => offloader.flush()));
  }

  enqueue(group: number, block: BlockId): void {
    this.#offloaders[group]!.enqueue(block);
  }

  withdraw(group: number, block: BlockId): void {
    this.#offloaders[group]!.withdraw(block);
  }

  /** Must be called before a node is removed from the tree. */
  nodeRemoved(node: NodeId): void {
    for (const offloader of this.#offloaders) offloader.nodeRemoved(node);
  }

  /**
   * Returns the longest prefix that every group can continue from memory and store together.
   * @param path the nodes of the tree that match the prompt
   */
  findPrefix(prompt: Int32Array, salt: string, path: PrefixPath): OffloadedPrefix {
    const keys = this.#keys.map((chain) => chain.keysOf(prompt, salt, path.nodes));
    const keyOf = (group: number, index: number): BlockKey => keys[group]!(index);
    const hasBlock = (group: number, index: number): boolean => {
      const node = path.nodes[index];
      if (node !== undefined && this.#groups[group]!.blockOf(node) !== undefined) return true;
      return this.#offloaders[group]!.has(keyOf(group, index));
    };
    let blocks = Math.floor((prompt.length - 1) / this.#blockSize);
    for (const { group, retention } of this.#groups) {
      if (retention !== 'all') continue;
      let index = 0;
      while (index < blocks && hasBlock(group, index)) index++;
      blocks = index;
    }
    const retentions = this.#groups.map((group) => group.retention);
    const length = longestUsablePrefix(retentions, blocks * this.#blockSize, this.#blockSize, hasBlock);
    return { length, keyOf };
  }

  /** Loads blocks; returns the loads whose content is valid. All blocks stay pinned until `unpin`. */
  async load(loads: readonly BlockLoad[]): Promise<ReadonlySet<BlockLoad>> {
    const valid = new Set<BlockLoad>();
    const loadGroup = async (offloader: KvOffloader, groupLoads: readonly BlockLoad[]): Promise<void> => {
      const keys = groupLoads.map(({ key }) => key);
      const isValid = await offloader.load(
        keys,
        groupLoads.map(({ block }) => block),
      );
      for (const [i, load] of groupLoads.entries()) if (isValid[i] === true) valid.add(load);
    };
    await Promise.all(
      this.#offloaders.map((offloader, group) =>
        loadGroup(
          offloader,
          loads.filter((load) => load.group === group),
        ),
      ),
    );
    return valid;
  }

  unpin(loads: readonly BlockLoad[]): void {
    for (const [group, offloader] of this.#offloaders.entries()) {
      offloader.unpin(loads.filter((load) => load.group === group).map(({ block }) => block));
    }
  }
}
