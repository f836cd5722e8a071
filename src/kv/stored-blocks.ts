// What a slower store has of a prompt beyond memory, in all groups of layers, and the reading of it.

import type { BlockId, NodeId } from '../base/ids.ts';
import { ChainKeys } from './chain-keys.ts';
import type { GroupBlocks } from './group-blocks.ts';
import type { PrefixPath } from './prefix-match.ts';
import type { Tier } from './tier.ts';
import type { BlockKey } from './tier-store.ts';
import { longestHeld } from './window.ts';

export interface StoredPrefix {
  /** tokens, whole blocks only, that memory and store together can go on from */
  readonly length: number;
  /** of the block with an index */
  keyOf(group: number, index: number): BlockKey;
}

/** A block that is to be read. */
export interface BlockLoad {
  readonly group: number;
  readonly index: number;
  readonly key: BlockKey;
  readonly block: BlockId;
}

export class StoredBlocks {
  readonly #tiers: readonly Tier[]; // [groups]
  readonly #keys: readonly ChainKeys[]; // [groups]
  readonly #groups: readonly GroupBlocks[];
  readonly #blockSize: number;

  constructor(tiers: readonly Tier[], groups: readonly GroupBlocks[], blockSize: number) {
    this.#tiers = tiers;
    this.#keys = tiers.map((tier) => new ChainKeys(tier, blockSize));
    this.#groups = groups;
    this.#blockSize = blockSize;
  }

  /** Settles when one of the blocks that are being moved is at rest; undefined when none is moving. */
  get moved(): Promise<unknown> | undefined {
    const moving = this.#tiers.flatMap(({ moved }) => (moved === undefined ? [] : [moved]));
    return moving.length === 0 ? undefined : Promise.race(moving);
  }

  async keepIdle(): Promise<void> {
    await Promise.all(this.#tiers.map((tier) => tier.keepIdle()));
  }

  offer(group: number, block: BlockId): void {
    this.#tiers[group]!.offer(block);
  }

  withdraw(group: number, block: BlockId): void {
    this.#tiers[group]!.withdraw(block);
  }

  /** A node is about to leave the tree. */
  forget(node: NodeId): void {
    for (const tier of this.#tiers) tier.forget(node);
  }

  /** @param path of the prompt in memory */
  find(prompt: Int32Array, salt: string, path: PrefixPath): StoredPrefix {
    const keys = this.#keys.map((chain) => chain.of(prompt, salt, path.nodes));
    const keyOf = (group: number, index: number): BlockKey => keys[group]!(index);
    const has = (group: number, index: number): boolean => {
      const node = path.nodes[index];
      if (node !== undefined && this.#groups[group]!.blockOf(node) !== undefined) return true;
      return this.#tiers[group]!.has(keyOf(group, index));
    };
    let blocks = Math.floor((prompt.length - 1) / this.#blockSize);
    for (const { group, keeps } of this.#groups) {
      if (keeps !== 'all') continue;
      let index = 0;
      while (index < blocks && has(group, index)) index++;
      blocks = index;
    }
    const keeps = this.#groups.map((group) => group.keeps);
    const length = longestHeld(keeps, blocks * this.#blockSize, this.#blockSize, has);
    return { length, keyOf };
  }

  /** Which of the blocks hold what they should; they are pinned until `unpin`. */
  async load(loads: readonly BlockLoad[]): Promise<ReadonlySet<BlockLoad>> {
    const good = new Set<BlockLoad>();
    const loadGroup = async (tier: Tier, own: readonly BlockLoad[]): Promise<void> => {
      const keys = own.map(({ key }) => key);
      const whole = await tier.load(
        keys,
        own.map(({ block }) => block),
      );
      for (const [i, load] of own.entries()) if (whole[i] === true) good.add(load);
    };
    await Promise.all(
      this.#tiers.map((tier, group) =>
        loadGroup(
          tier,
          loads.filter((load) => load.group === group),
        ),
      ),
    );
    return good;
  }

  unpin(loads: readonly BlockLoad[]): void {
    for (const [group, tier] of this.#tiers.entries()) {
      tier.unpin(loads.filter((load) => load.group === group).map(({ block }) => block));
    }
  }
}
