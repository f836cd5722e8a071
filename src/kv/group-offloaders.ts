// The offloaders of all groups of layers: finds the prefix of a prompt that memory and offload store hold together,
// and loads its blocks.

import type { BlockId, NodeId } from '../base/ids.ts';
import { ChainKeys } from './chain-keys.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { KvOffloader } from './kv-offloader.ts';
import type { BlockKey } from './offload-store.ts';
import type { PrefixPath } from './prefix-match.ts';
import { longestUsablePrefix } from './window.ts';

export interface OffloadedPrefix {
  /** tokens, in whole blocks, that are in memory or in the store and can be continued from */
  readonly length: number;
  /** the key of the block with an index */
  keyOf(group: number, index: number): BlockKey;
}

/** A block to be loaded from the store. */
export interface BlockLoad {
  readonly group: number;
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

  /** Called when a node is about to leave the tree. */
  nodeRemoved(node: NodeId): void {
    for (const offloader of this.#offloaders) offloader.nodeRemoved(node);
  }

  /** @param path the part of the prompt that is in memory */
  findPrefix(prompt: Int32Array, salt: string, path: PrefixPath): OffloadedPrefix {
    const keys = this.#keys.map((chain) => chain.keysOf(prompt, salt, path.nodes));
    const keyOf = (group: number, index: number): BlockKey => keys[group]!(index);
    const has = (group: number, index: number): boolean => {
      const node = path.nodes[index];
      if (node !== undefined && this.#groups[group]!.blockOf(node) !== undefined) return true;
      return this.#offloaders[group]!.has(keyOf(group, index));
    };
    let blocks = Math.floor((prompt.length - 1) / this.#blockSize);
    for (const { group, keeps } of this.#groups) {
      if (keeps !== 'all') continue;
      let index = 0;
      while (index < blocks && has(group, index)) index++;
      blocks = index;
    }
    const keeps = this.#groups.map((group) => group.keeps);
    const length = longestUsablePrefix(keeps, blocks * this.#blockSize, this.#blockSize, has);
    return { length, keyOf };
  }

  /** Loads blocks; returns those whose content is valid. All of them stay pinned until `unpin`. */
  async load(loads: readonly BlockLoad[]): Promise<ReadonlySet<BlockLoad>> {
    const good = new Set<BlockLoad>();
    const loadGroup = async (offloader: KvOffloader, own: readonly BlockLoad[]): Promise<void> => {
      const keys = own.map(({ key }) => key);
      const whole = await offloader.load(
        keys,
        own.map(({ block }) => block),
      );
      for (const [i, load] of own.entries()) if (whole[i] === true) good.add(load);
    };
    await Promise.all(
      this.#offloaders.map((offloader, group) =>
        loadGroup(
          offloader,
          loads.filter((load) => load.group === group),
        ),
      ),
    );
    return good;
  }

  unpin(loads: readonly BlockLoad[]): void {
    for (const [group, offloader] of this.#offloaders.entries()) {
      offloader.unpin(loads.filter((load) => load.group === group).map(({ block }) => block));
    }
  }
}
