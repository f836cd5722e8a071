// Block tables, made once: one row of block ids for each sequence that runs. Entry i of a row is the block that
// holds the tokens from i * blockSize.

import { assert } from '../base/assert.ts';
import { type BlockId, blockId } from '../base/ids.ts';

export interface BlockTable {
  readonly slot: number;
  /** the first `blockCount` entries are in use. [most blocks of a sequence] */
  readonly blocks: Int32Array;
  blockCount: number;
}

export class BlockTables {
  readonly #rows: Int32Array[];
  readonly #free: number[];

  /**
   * @param slots sequences at once
   * @param width most blocks of a sequence
   */
  constructor(slots: number, width: number) {
    const all = new Int32Array(slots * width);
    this.#rows = Array.from({ length: slots }, (_, i) => all.subarray(i * width, (i + 1) * width));
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i);
  }

  /** An empty row; undefined when all are in use. */
  take(): BlockTable | undefined {
    const slot = this.#free.pop();
    return slot === undefined ? undefined : { slot, blocks: this.#rows[slot]!, blockCount: 0 };
  }

  give(table: BlockTable): void {
    assert(!this.#free.includes(table.slot), 'a block table given back twice');
    this.#free.push(table.slot);
  }
}

export const blockAt = (table: BlockTable, index: number): BlockId => blockId(table.blocks[index]!);

export function pushBlock(table: BlockTable, block: BlockId): void {
  assert(table.blockCount < table.blocks.length, 'more blocks than a table has room for');
  table.blocks[table.blockCount++] = block;
}
