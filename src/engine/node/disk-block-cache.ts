// An LRU cache of blocks in a folder that one process owns, with a limit in bytes. It has an index in memory and a write queue. It
// reads and writes blocks by key, independently of tokens and KV memory. Only `open` rejects. A block that cannot be read is a
// cache miss. If a write fails, the failure is reported once and writing is suspended for a while.

import type { BlockStoreCounts } from '../kv-disk-port.ts';
import { type BlockIdentity, decodeBlock, encodeBlock, HEADER_BYTES } from './block-file.ts';
import type { BlockFiles } from './block-files.ts';
import { LruIndex } from './lru-index.ts';
import { type QueuedBlock, WriteQueue } from './write-queue.ts';

export interface DiskBlockCacheOptions {
  readonly files: BlockFiles;
  /** maximum number of bytes of all files together */
  readonly limitBytes: number;
  /** maximum number of bytes of blocks in the write queue */
  readonly queueBytes?: number;
  /** how long writing is suspended after a failure */
  readonly retryAfterMs?: number;
  /** called if a write fails, but not for further failures until a write has succeeded */
  readonly onFailure: (error: unknown) => void;
}

const DEFAULT_QUEUE_BYTES = 64 * 2 ** 20;
const DEFAULT_RETRY_AFTER_MS = 60_000;
const WRITE_USE_TIMES_AFTER_MS = 5_000;

export class DiskBlockCache {
  readonly limitBytes: number;
  readonly #files: BlockFiles;
  readonly #options: DiskBlockCacheOptions;
  readonly #index = new LruIndex();
  readonly #queue: WriteQueue;
  readonly #counts = { storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };
  readonly #pendingUseTimes = new Map<string, number>(); // times of last use that are not yet written to the files
  #useTimesTimer: NodeJS.Timeout | undefined;
  #lastUseTime = 0;
  #suspension: Promise<void> | undefined;
  #hasReportedFailure = false;
  #isClosed = false;

  constructor(options: DiskBlockCacheOptions) {
    this.#options = options;
    this.#files = options.files;
    this.limitBytes = options.limitBytes;
    this.#queue = new WriteQueue(options.queueBytes ?? DEFAULT_QUEUE_BYTES, (block) => this.#write(block));
  }

  /** Reads the list of stored blocks. Rejects with the error of the file system. */
  async open(): Promise<void> {
    for (const { key, bytes, usedAt } of await this.#files.list()) {
      this.#index.add(key, bytes);
      this.#lastUseTime = Math.max(this.#lastUseTime, Math.ceil(usedAt));
    }
    await this.#evictFor(0);
  }

  get counts(): BlockStoreCounts {
    return { usedBytes: this.#index.bytes, ...this.#counts };
  }

  /** whether blocks are accepted, at once or as soon as the write queue has space */
  get acceptsBlocks(): boolean {
    return !this.#isClosed && this.#suspension === undefined;
  }

  /** a promise that resolves when blocks may be accepted again; undefined while blocks are accepted */
  get busy(): Promise<void> | undefined {
    return this.#suspension ?? this.#queue.full;
  }

  /** Returns whether a block can be read. */
  has(key: string): boolean {
    return !this.#isClosed && this.#index.has(key);
  }

  /** Returns whether a block is stored or queued for writing. */
  hasOrQueued(key: string): boolean {
    return this.#index.has(key) || this.#queue.has(key);
  }

  /** Marks a block as most recently used, whether the copy on disk or the copy in memory was used. */
  use(key: string): void {
    this.#index.use(key);
    this.#pendingUseTimes.set(key, this.#now());
    this.#useTimesTimer ??= setTimeout(() => {
      this.#writeUseTimes().catch(this.#options.onFailure);
    }, WRITE_USE_TIMES_AFTER_MS).unref();
  }

  /** Returns the content of a block, or undefined if its file is missing or damaged. */
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
    if (!this.acceptsBlocks || this.hasOrQueued(identity.key)) return;
    const bytes = HEADER_BYTES + content.byteLength;
    if (bytes <= this.limitBytes) this.#queue.push({ identity, content, bytes });
  }

  /** Waits until all queued blocks were written or have failed. */
  async settle(): Promise<void> {
    await this.#queue.running;
    await this.#writeUseTimes();
  }

  /** Stops accepting blocks, and makes all reads cache misses. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#useTimesTimer);
    this.#pendingUseTimes.clear();
    this.#queue.clear();
  }

  async #write({ identity, content, bytes }: QueuedBlock): Promise<void> {
    if (!this.acceptsBlocks) return;
    try {
      const parts = await encodeBlock(identity, content);
      await this.#evictFor(bytes);
      await this.#files.write(identity.key, parts, this.#now());
      this.#index.add(identity.key, bytes);
      this.#counts.storedBlocks++;
      this.#hasReportedFailure = false;
    } catch (error) {
      this.#counts.failedBlocks++;
      this.#suspend(error);
    }
  }

  // Evicts blocks until `bytes` fit. Called before a block is written, so that the folder never exceeds its limit.
  async #evictFor(bytes: number): Promise<void> {
    while (this.#index.bytes + bytes > this.limitBytes) {
      const key = this.#index.oldest;
      if (key === undefined) return;
      this.#index.remove(key);
      this.#pendingUseTimes.delete(key);
      await this.#files.remove(key);
    }
  }

  #suspend(error: unknown): void {
    this.#queue.clear();
    this.#suspension = new Promise((resolve) => {
      setTimeout(() => {
        this.#suspension = undefined;
        resolve();
      }, this.#options.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS).unref();
    });
    if (!this.#hasReportedFailure) this.#options.onFailure(error);
    this.#hasReportedFailure = true;
  }

  async #writeUseTimes(): Promise<void> {
    for (const [key, usedAt] of this.#pendingUseTimes) {
      this.#pendingUseTimes.delete(key);
      if (!this.#index.has(key)) continue;
      await this.#files.markUsed(key, usedAt).catch(() => {}); // if the file was removed, the next read detects it
    }
    this.#useTimesTimer = undefined;
  }

  // Returns the current time, but strictly increasing, so that the order of use can be restored from the files.
  #now(): number {
    this.#lastUseTime = Math.max(Date.now(), this.#lastUseTime + 1);
    return this.#lastUseTime;
  }
}
