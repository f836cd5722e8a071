// Block tables, made once: for each sequence that runs, and in it for each group of layers, one row of block ids.
// Entry i of a row is the block that holds the tokens from i * blockSize.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

export interface BlockTable {
  /** the entries from `first` to `end` - 1 are in use. [most blocks of a sequence] */
  readonly blocks: Int32Array;
  /** above 0 where a window has passed the blocks before */
  first: number;
  end: number;
}

export interface TableSlot {
  readonly slot: number;
  /** one for each group of layers */
  readonly tables: readonly BlockTable[];
}

export class BlockTables {
  readonly #rows: Int32Array[][]; // [slots][groups][width]
  readonly #free: number[];

  /**
   * @param slots sequences at once
   * @param groups of layers
   * @param width most blocks of a sequence
   */
  constructor(slots: number, groups: number, width: number) {
    this.#rows = Array.from({ length: slots }, () =>
      Array.from({ length: groups }, () => new Int32Array(width)),
    );
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i);
  }

  /** Empty rows; undefined when all are in use. */
  allocate(): TableSlot | undefined {
    const slot = this.#free.pop();
    if (slot === undefined) return undefined;
    return { slot, tables: this.#rows[slot]!.map((blocks) => ({ blocks, first: 0, end: 0 })) };
  }

  release({ slot }: TableSlot): void {
    assert(!this.#free.includes(slot), 'block tables given back twice');
    this.#free.push(slot);
  }
}

export const blockAt = (table: BlockTable, index: number): BlockId => blockId(table.blocks[index]!);

export const holdsIndex = ({ first, end }: BlockTable, index: number): boolean =>
  index >= first && index < end;

export function pushBlock(table: BlockTable, block: BlockId): void {
  assert(table.end < table.blocks.length, 'more blocks than a table has room for');
  table.blocks[table.end++] = block;
}
