// A queue of blocks to write, bounded in bytes: queued blocks occupy memory beside the KV memory, which must not grow when
// the disk is slow. Blocks are written one after the other. Callers check `full` before they push.

import type { BlockIdentity } from './block-file.ts';

export interface QueuedBlock {
  readonly identity: BlockIdentity;
  readonly content: Uint8Array;
  readonly bytes: number;
}

export class WriteQueue {
  readonly #limitBytes: number;
  readonly #write: (block: QueuedBlock) => Promise<void>;
  readonly #blocks = new Map<string, QueuedBlock>(); // by key; the first one is being written
  #bytes = 0;
  #run: Promise<void> | undefined;
  #written: Promise<void> = Promise.resolve();

  /** @param write called for one block at a time; must not reject */
  constructor(limitBytes: number, write: (block: QueuedBlock) => Promise<void>) {
    this.#limitBytes = limitBytes;
    this.#write = write;
  }

  has(key: string): boolean {
    return this.#blocks.has(key);
  }

  /** While the queue is full: a promise that settles when the next block was written. */
  get full(): Promise<void> | undefined {
    return this.#bytes < this.#limitBytes ? undefined : this.#written;
  }

  /** While blocks are queued: a promise that settles when all were written. */
  get running(): Promise<void> | undefined {
    return this.#run;
  }

  push(block: QueuedBlock): void {
    this.#blocks.set(block.identity.key, block);
    this.#bytes += block.bytes;
    this.#run ??= this.#writeAll();
  }

  /** Drops all blocks except the one that is being written. */
  clear(): void {
    for (const block of [...this.#blocks.values()].slice(1)) this.#remove(block);
  }

  async #writeAll(): Promise<void> {
    for (const block of this.#blocks.values()) {
      this.#written = this.#write(block).then(() => this.#remove(block));
      await this.#written;
    }
    this.#run = undefined;
  }

  #remove({ identity, bytes }: QueuedBlock): void {
    if (this.#blocks.delete(identity.key)) this.#bytes -= bytes;
  }
}
