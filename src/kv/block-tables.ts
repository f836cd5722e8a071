// Block tables, allocated once. Each slot (one running sequence) has one row of block ids for each layer group.
// Entry i of a row is the block of the tokens from position i * blockSize.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

export interface BlockTable {
  /** Entries `first` to `end` - 1 are in use. [maximum blocks of a sequence] */
  readonly blocks: Int32Array;
  /** greater than 0 after a sliding window has released the earlier blocks */
  first: number;
  end: number;
}

export interface TableSlot {
  readonly slot: number;
  /** one for each layer group */
  readonly tables: readonly BlockTable[];
}

export class BlockTables {
  readonly #rows: Int32Array[][]; // [slots][groups][width]
  readonly #free: number[];

  /**
   * @param slots maximum number of concurrent sequences
   * @param groups number of layer groups
   * @param width maximum blocks of a sequence
   */
  constructor(slots: number, groups: number, width: number) {
    this.#rows = Array.from({ length: slots }, () =>
      Array.from({ length: groups }, () => new Int32Array(width)),
    );
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i);
  }

  /** Allocates a slot with empty rows. Returns undefined when all slots are in use. */
  allocate(): TableSlot | undefined {
    const slot = this.#free.pop();
    if (slot === undefined) return undefined;
    return { slot, tables: this.#rows[slot]!.map((blocks) => ({ blocks, first: 0, end: 0 })) };
  }

  release({ slot }: TableSlot): void {
    assert(!this.#free.includes(slot), 'block tables are released twice');
    this.#free.push(slot);
  }
}

export const blockAt = (table: BlockTable, index: number): BlockId => blockId(table.blocks[index]!);

export const containsIndex = ({ first, end }: BlockTable, index: number): boolean =>
  index >= first && index < end;

export function pushBlock(table: BlockTable, block: BlockId): void {
  assert(table.end < table.blocks.length, 'a block table is full');
  table.blocks[table.end++] = block;
}
