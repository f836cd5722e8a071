// A file on its way: what has arrived lies in `<checksum>.incomplete`, so that a download which was cut off,
// stopped or killed goes on where it ended. It is hashed as it grows; when a download goes on, what is there
// is read once.

import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/node/make-folder.ts';
import type { Checksum } from '../checksum.ts';
import { inCache } from './cache-failure.ts';

const READ_BYTES = 2 ** 20;

export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #checksum: Checksum;
  /** bytes of the whole file */
  readonly #wholeSize: number;
  #hash: Hash;
  #size = 0;

  private constructor(path: string, handle: FileHandle, checksum: Checksum, wholeSize: number) {
    this.#path = path;
    this.#handle = handle;
    this.#checksum = checksum;
    this.#wholeSize = wholeSize;
    this.#hash = this.#freshHash();
  }

  /** Takes up what lies at `path`. Throws `cache_unwritable`, `disk_full`, or the signal's reason. */
  static async open(
    path: string,
    file: { readonly checksum: Checksum; readonly size: number },
    signal: AbortSignal | undefined,
  ): Promise<PartialFile> {
    return inCache(dirname(path), async () => {
      await makeFolder(dirname(path));
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
      const partial = new PartialFile(path, handle, file.checksum, file.size);
      try {
        await partial.#takeUp(signal);
        return partial;
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** Bytes that have arrived. */
  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await inCache(dirname(this.#path), async () => {
      for (let done = 0; done < bytes.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.byteLength - done, this.#size);
        this.#hash.update(bytes.subarray(done, done + bytesWritten));
        this.#size += bytesWritten;
        done += bytesWritten;
      }
    });
  }

  async startOver(): Promise<void> {
    this.#hash = this.#freshHash();
    if (this.#size > 0) await inCache(dirname(this.#path), () => this.#handle.truncate(0));
    this.#size = 0;
  }

  /** Whether what has arrived is the file that was promised. Nothing can be appended afterwards. */
  isRight(): boolean {
    return this.#size === this.#wholeSize && this.#hash.digest('hex') === this.#checksum.hex;
  }

  /** Gives the whole file its name, once it is safe on the disk. */
  async finish(path: string): Promise<void> {
    await inCache(dirname(path), async () => {
      await this.#handle.sync();
      await this.#handle.close(); // some systems do not rename what is open
      await rename(this.#path, path);
    });
  }

  /** Takes away what has arrived. */
  async discard(): Promise<void> {
    await inCache(dirname(this.#path), () => rm(this.#path, { force: true }));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #freshHash(): Hash {
    if (this.#checksum.algorithm === 'sha256') return createHash('sha256');
    return createHash('sha1').update(`blob ${this.#wholeSize}\0`); // as Git hashes the contents of a file
  }

  async #takeUp(signal: AbortSignal | undefined): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#wholeSize) return this.#handle.truncate(0);
    const buffer = new Uint8Array(READ_BYTES);
    while (this.#size < size) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.byteLength, this.#size);
      if (bytesRead === 0) return; // cut by another process meanwhile
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#size += bytesRead;
    }
  }
}
