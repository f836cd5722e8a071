// A bounded folder of blocks that one process owns: an index in memory, a queue of what is to be written, and the rule
// who gives way. It serves reads and writes by key and knows neither tokens nor KV memory. Nothing here rejects but
// `open`: what cannot be read is a miss, and when writing fails it says so once and rests for a while.

import type { BlockStoreCounts } from '../kv-disk-port.ts';
import { type BlockIdentity, decodeBlock, encodeBlock, HEADER_BYTES } from './block-file.ts';
import type { BlockFiles } from './block-folder.ts';
import { BlockIndex } from './block-index.ts';
import { type QueuedBlock, WriteQueue } from './write-queue.ts';

export interface BlockStoreOptions {
  readonly files: BlockFiles;
  /** of all files together */
  readonly limitBytes: number;
  /** of blocks that wait to be written */
  readonly queueBytes?: number;
  /** how long to rest after writing failed */
  readonly restMs?: number;
  /** told that writing fails, and again only when it worked meanwhile */
  readonly onFailure: (error: unknown) => void;
}

const QUEUE_BYTES = 64 * 2 ** 20;
const REST_MS = 60_000;
const MARK_MS = 5_000;

export class BlockStore {
  readonly limitBytes: number;
  readonly #files: BlockFiles;
  readonly #options: BlockStoreOptions;
  readonly #index = new BlockIndex();
  readonly #queue: WriteQueue;
  readonly #counts = { storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };
  readonly #marks = new Map<string, number>(); // last uses that the files do not tell yet
  #marking: NodeJS.Timeout | undefined;
  #lastUse = 0;
  #resting: Promise<void> | undefined;
  #hasFailed = false;
  #closed = false;

  constructor(options: BlockStoreOptions) {
    this.#options = options;
    this.#files = options.files;
    this.limitBytes = options.limitBytes;
    this.#queue = new WriteQueue(options.queueBytes ?? QUEUE_BYTES, (block) => this.#write(block));
  }

  /** Learns what is there. Rejects with what the file system says. */
  async open(): Promise<void> {
    for (const { key, bytes, usedAt } of await this.#files.list()) {
      this.#index.add(key, bytes);
      this.#lastUse = Math.max(this.#lastUse, Math.ceil(usedAt));
    }
    await this.#makeRoom(0);
  }

  get counts(): BlockStoreCounts {
    return { usedBytes: this.#index.bytes, ...this.#counts };
  }

  /** Whether it takes blocks, now or when some more are written. */
  get writes(): boolean {
    return !this.#closed && this.#resting === undefined;
  }

  /** While it takes no block: settles when it is worth asking again. */
  get busy(): Promise<void> | undefined {
    return this.#resting ?? this.#queue.full;
  }

  /** Whether a block can be read. */
  has(key: string): boolean {
    return !this.#closed && this.#index.has(key);
  }

  /** Whether a block is there, or will be. */
  keeps(key: string): boolean {
    return this.#index.has(key) || this.#queue.has(key);
  }

  /** A block was used, wherever it was read. */
  use(key: string): void {
    this.#index.use(key);
    this.#marks.set(key, this.#now());
    this.#marking ??= setTimeout(() => {
      this.#markAll().catch(this.#options.onFailure);
    }, MARK_MS).unref();
  }

  /** The content of a block; undefined when its file is gone, or not wholly that block. */
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

  /** Writes a block when its turn comes. */
  write(identity: BlockIdentity, content: Uint8Array): void {
    if (!this.writes || this.keeps(identity.key)) return;
    const bytes = HEADER_BYTES + content.byteLength;
    if (bytes <= this.limitBytes) this.#queue.push({ identity, content, bytes });
  }

  /** Settles when all that was taken is written, as far as that works. */
  async settle(): Promise<void> {
    await this.#queue.running;
    await this.#markAll();
  }

  /** Takes and gives nothing more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#marking);
    this.#marks.clear();
    this.#queue.clear();
  }

  async #write({ identity, content, bytes }: QueuedBlock): Promise<void> {
    if (!this.writes) return;
    try {
      const parts = await encodeBlock(identity, content);
      await this.#makeRoom(bytes);
      await this.#files.write(identity.key, parts, this.#now());
      this.#index.add(identity.key, bytes);
      this.#counts.storedBlocks++;
      this.#hasFailed = false;
    } catch (error) {
      this.#counts.failedBlocks++;
      this.#rest(error);
    }
  }

  // Before it is written: the folder is never larger than it may be.
  async #makeRoom(bytes: number): Promise<void> {
    while (this.#index.bytes + bytes > this.limitBytes) {
      const key = this.#index.oldest;
      if (key === undefined) return;
      this.#index.remove(key);
      this.#marks.delete(key);
      await this.#files.remove(key);
    }
  }

  #rest(error: unknown): void {
    this.#queue.clear();
    this.#resting = new Promise((resolve) => {
      setTimeout(() => {
        this.#resting = undefined;
        resolve();
      }, this.#options.restMs ?? REST_MS).unref();
    });
    if (!this.#hasFailed) this.#options.onFailure(error);
    this.#hasFailed = true;
  }

  async #markAll(): Promise<void> {
    for (const [key, usedAt] of this.#marks) {
      this.#marks.delete(key);
      if (!this.#index.has(key)) continue;
      await this.#files.markUsed(key, usedAt).catch(() => {}); // gone; a read will tell
    }
    this.#marking = undefined;
  }

  // No two uses are at the same time, so that their order can be read from the files.
  #now(): number {
    this.#lastUse = Math.max(Date.now(), this.#lastUse + 1);
    return this.#lastUse;
  }
}
