// A partially downloaded file, `<checksum>.incomplete`, with which an interrupted download resumes. The hash is updated
// as bytes arrive. When a download resumes, the existing bytes are read once to compute their hash.

import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/node/make-folder.ts';
import type { Checksum } from '../checksum.ts';
import { convertCacheErrors } from './cache-failure.ts';

const READ_BYTES = 2 ** 20;

export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #checksum: Checksum;
  /** bytes of the complete file */
  readonly #fullSize: number;
  #hash: Hash;
  #size = 0;

  private constructor(path: string, handle: FileHandle, checksum: Checksum, fullSize: number) {
    this.#path = path;
    this.#handle = handle;
    this.#checksum = checksum;
    this.#fullSize = fullSize;
    this.#hash = this.#newHash();
  }

  /**
   * Opens or creates the file and hashes its bytes. Rejects with `cache_unwritable`, `disk_full`, or the signal's
   * reason.
   */
  static async open(
    path: string,
    file: { readonly checksum: Checksum; readonly size: number },
    signal: AbortSignal | undefined,
  ): Promise<PartialFile> {
    return convertCacheErrors(dirname(path), async () => {
      await makeFolder(dirname(path));
      const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
      const partial = new PartialFile(path, handle, file.checksum, file.size);
      try {
        await partial.#hashExisting(signal);
        return partial;
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** Number of bytes received so far. */
  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await convertCacheErrors(dirname(this.#path), async () => {
      for (let writtenCount = 0; writtenCount < bytes.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          writtenCount,
          bytes.byteLength - writtenCount,
          this.#size,
        );
        this.#hash.update(bytes.subarray(writtenCount, writtenCount + bytesWritten));
        this.#size += bytesWritten;
        writtenCount += bytesWritten;
      }
    });
  }

  /** Discards all bytes. */
  async restart(): Promise<void> {
    this.#hash = this.#newHash();
    if (this.#size > 0) await convertCacheErrors(dirname(this.#path), () => this.#handle.truncate(0));
    this.#size = 0;
  }

  /** Returns whether the bytes have the expected size and checksum. Bytes cannot be appended after this call. */
  matchesChecksum(): boolean {
    return this.#size === this.#fullSize && this.#hash.digest('hex') === this.#checksum.hex;
  }

  /** Syncs the complete file to disk and renames it to `path`. */
  async finish(path: string): Promise<void> {
    await convertCacheErrors(dirname(path), async () => {
      await this.#handle.sync();
      await this.#handle.close(); // some systems cannot rename an open file
      await rename(this.#path, path);
    });
  }

  /** Deletes the file. */
  async discard(): Promise<void> {
    await convertCacheErrors(dirname(this.#path), () => rm(this.#path, { force: true }));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #newHash(): Hash {
    if (this.#checksum.algorithm === 'sha256') return createHash('sha256');
    return createHash('sha1').update(`blob ${this.#fullSize}\0`); // the id of a Git blob
  }

  async #hashExisting(signal: AbortSignal | undefined): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#fullSize) return this.#handle.truncate(0);
    const buffer = new Uint8Array(READ_BYTES);
    while (this.#size < size) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.byteLength, this.#size);
      if (bytesRead === 0) return; // truncated by another process meanwhile
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#size += bytesRead;
    }
  }
}
