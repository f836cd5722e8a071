// An LRU cache of blocks in a folder that one process owns, bounded in bytes: an index in memory and a write queue. It reads
// and writes blocks by key and has no notion of tokens or KV memory. Only `open` rejects: a block that cannot be read is
// a miss, and when a write fails, the failure is reported once and writing is suspended for a while.

import type { BlockStoreCounts } from '../kv-disk-port.ts';
import { type BlockIdentity, decodeBlock, encodeBlock, HEADER_BYTES } from './block-file.ts';
import type { BlockFiles } from './block-files.ts';
import { LruIndex } from './lru-index.ts';
import { type QueuedBlock, WriteQueue } from './write-queue.ts';

export interface DiskBlockCacheOptions {
  readonly files: BlockFiles;
  /** bytes of all files together */
  readonly limitBytes: number;
  /** most bytes of blocks in the write queue */
  readonly queueBytes?: number;
  /** how long writing is suspended after a failure */
  readonly retryAfterMs?: number;
  /** called when a write fails, and again only after a write has succeeded */
  readonly onFailure: (error: unknown) => void;
}

const QUEUE_BYTES = 64 * 2 ** 20;
const RETRY_AFTER_MS = 60_000;
const MARK_AFTER_MS = 5_000;

export class DiskBlockCache {
  readonly limitBytes: number;
  readonly #files: BlockFiles;
  readonly #options: DiskBlockCacheOptions;
  readonly #index = new LruIndex();
  readonly #queue: WriteQueue;
  readonly #counts = { storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };
  readonly #marks = new Map<string, number>(); // times of last use that are not yet written to the files
  #markTimer: NodeJS.Timeout | undefined;
  #lastUse = 0;
  #suspended: Promise<void> | undefined;
  #failureReported = false;
  #closed = false;

  constructor(options: DiskBlockCacheOptions) {
    this.#options = options;
    this.#files = options.files;
    this.limitBytes = options.limitBytes;
    this.#queue = new WriteQueue(options.queueBytes ?? QUEUE_BYTES, (block) => this.#write(block));
  }

  /** Reads the list of stored blocks. Rejects with the error of the file system. */
  async open(): Promise<void> {
    for (const { key, bytes, usedAt } of await this.#files.list()) {
      this.#index.add(key, bytes);
      this.#lastUse = Math.max(this.#lastUse, Math.ceil(usedAt));
    }
    await this.#evictFor(0);
  }

  get counts(): BlockStoreCounts {
    return { usedBytes: this.#index.bytes, ...this.#counts };
  }

  /** whether blocks are accepted, now or as soon as the write queue has space */
  get writes(): boolean {
    return !this.#closed && this.#suspended === undefined;
  }

  /** While no block is accepted: a promise that settles when it is worth trying again. */
  get busy(): Promise<void> | undefined {
    return this.#suspended ?? this.#queue.full;
  }

  /** Returns whether a block can be read. */
  has(key: string): boolean {
    return !this.#closed && this.#index.has(key);
  }

  /** Returns whether a block is stored or queued. */
  hasOrWrites(key: string): boolean {
    return this.#index.has(key) || this.#queue.has(key);
  }

  /** Marks a block as used, from disk or from memory. */
  use(key: string): void {
    this.#index.use(key);
    this.#marks.set(key, this.#now());
    this.#markTimer ??= setTimeout(() => {
      this.#markAll().catch(this.#options.onFailure);
    }, MARK_AFTER_MS).unref();
  }

  /** Reads a block; undefined when its file is missing or damaged. */
  async read(identity: BlockIdentity): Promise<Uint8Array | undefined> {
    const { key } = identity;
    const file = await this.#files.read(key).catch(() => undefined);
    const content = file === undefined ? undefined : await decodeBlock(file, identity);
    if (content !== undefined) {
      this.#counts.loadedBlocks++;
      return content;
    }
    this.#index.remove(key);
    this.#counts.failedBlocks++;
    if (file !== undefined) await this.#files.remove(key).catch(() => {});
    return undefined;
  }

  /** Queues a block for writing. */
  write(identity: BlockIdentity, content: Uint8Array): void {
    if (!this.writes || this.hasOrWrites(identity.key)) return;
    const bytes = HEADER_BYTES + content.byteLength;
    if (bytes <= this.limitBytes) this.#queue.push({ identity, content, bytes });
  }

  /** Waits until all queued blocks were written or have failed. */
  async settle(): Promise<void> {
    await this.#queue.running;
    await this.#markAll();
  }

  /** Accepts no more blocks and reads none. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#markTimer);
    this.#marks.clear();
    this.#queue.clear();
  }

  async #write({ identity, content, bytes }: QueuedBlock): Promise<void> {
    if (!this.writes) return;
    try {
      const parts = await encodeBlock(identity, content);
      await this.#evictFor(bytes);
      await this.#files.write(identity.key, parts, this.#now());
      this.#index.add(identity.key, bytes);
      this.#counts.storedBlocks++;
      this.#failureReported = false;
    } catch (error) {
      this.#counts.failedBlocks++;
      this.#suspend(error);
    }
  }

  // Evicts blocks before the new one is written: the folder never exceeds its limit.
  async #evictFor(bytes: number): Promise<void> {
    while (this.#index.bytes + bytes > this.limitBytes) {
      const key = this.#index.oldest;
      if (key === undefined) return;
      this.#index.remove(key);
      this.#marks.delete(key);
      await this.#files.remove(key);
    }
  }

  #suspend(error: unknown): void {
    this.#queue.clear();
    this.#suspended = new Promise((resolve) => {
      setTimeout(() => {
        this.#suspended = undefined;
        resolve();
      }, this.#options.retryAfterMs ?? RETRY_AFTER_MS).unref();
    });
    if (!this.#failureReported) this.#options.onFailure(error);
    this.#failureReported = true;
  }

  async #markAll(): Promise<void> {
    for (const [key, usedAt] of this.#marks) {
      this.#marks.delete(key);
      if (!this.#index.has(key)) continue;
      await this.#files.markUsed(key, usedAt).catch(() => {}); // a removed file is noticed when it is read
    }
    this.#markTimer = undefined;
  }

  // Strictly increasing, so that the order of use can be restored from the files.
  #now(): number {
    this.#lastUse = Math.max(Date.now(), this.#lastUse + 1);
    return this.#lastUse;
  }
}
