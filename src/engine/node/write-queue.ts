// A queue of blocks that are written one after the other. Queued blocks use memory in addition to KV memory, so the queue has a
// limit in bytes, which matters if the disk is slow. Callers must check `full` before they add a block.

import type { BlockIdentity } from './block-file.ts';

export interface QueuedBlock {
  readonly identity: BlockIdentity;
  readonly content: Uint8Array;
  readonly bytes: number;
}

export class WriteQueue {
  readonly #limitBytes: number;
  readonly #write: (block: QueuedBlock) => Promise<void>;
  readonly #blocks = new Map<string, QueuedBlock>(); // by key; the first block is being written
  #bytes = 0;
  #writingAll: Promise<void> | undefined;
  #writingFirst: Promise<void> = Promise.resolve();

  /** @param write called for one block at a time; must not reject */
  constructor(limitBytes: number, write: (block: QueuedBlock) => Promise<void>) {
    this.#limitBytes = limitBytes;
    this.#write = write;
  }

  has(key: string): boolean {
    return this.#blocks.has(key);
  }

  /** a promise that resolves when the next block has been written, if the queue is full; undefined if it is not full */
  get full(): Promise<void> | undefined {
    return this.#bytes < this.#limitBytes ? undefined : this.#writingFirst;
  }

  /** a promise that resolves when all queued blocks have been written; undefined if the queue is empty */
  get running(): Promise<void> | undefined {
    return this.#writingAll;
  }

  push(block: QueuedBlock): void {
    this.#blocks.set(block.identity.key, block);
    this.#bytes += block.bytes;
    this.#writingAll ??= this.#writeAll();
  }

  /** Drops all queued blocks except the block that is being written. */
  clear(): void {
    for (const block of [...this.#blocks.values()].slice(1)) this.#remove(block);
  }

  async #writeAll(): Promise<void> {
    for (const block of this.#blocks.values()) {
      this.#writingFirst = this.#write(block).then(() => this.#remove(block));
      await this.#writingFirst;
    }
    this.#writingAll = undefined;
  }

  #remove({ identity, bytes }: QueuedBlock): void {
    if (this.#blocks.delete(identity.key)) this.#bytes -= bytes;
  }
}
