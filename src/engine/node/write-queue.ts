// Blocks that wait to be written, bounded in bytes: they are memory beside the KV memory, and a disk that falls behind
// must not make it grow. Writing goes on one after the other; whoever wants to add asks whether it is full first.

import type { BlockIdentity } from './block-file.ts';

export interface QueuedBlock {
  readonly identity: BlockIdentity;
  readonly content: Uint8Array;
  readonly bytes: number;
}

export class WriteQueue {
  readonly #limitBytes: number;
  readonly #write: (block: QueuedBlock) => Promise<void>;
  readonly #blocks = new Map<string, QueuedBlock>(); // by key, the one that is being written first
  #bytes = 0;
  #run: Promise<void> | undefined;
  #written: Promise<void> = Promise.resolve();

  /** @param write is called for one block at a time, and does not reject */
  constructor(limitBytes: number, write: (block: QueuedBlock) => Promise<void>) {
    this.#limitBytes = limitBytes;
    this.#write = write;
  }

  has(key: string): boolean {
    return this.#blocks.has(key);
  }

  /** While it is full: settles when one more was written. */
  get full(): Promise<void> | undefined {
    return this.#bytes < this.#limitBytes ? undefined : this.#written;
  }

  /** While anything is left to be written: settles when nothing is. */
  get running(): Promise<void> | undefined {
    return this.#run;
  }

  push(block: QueuedBlock): void {
    this.#blocks.set(block.identity.key, block);
    this.#bytes += block.bytes;
    this.#run ??= this.#writeAll();
  }

  /** Forgets all but what is being written. */
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
