// A file that reserves disk space. SQLite needs disk space even to delete rows, so on a full disk no conversation could be
// removed. The file is deleted when the disk is full, and created again when space is available.

import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PRIVATE_FILE_MODE } from '../../base/node/private-folder.ts';

const RESERVE_BYTES = 4 * 2 ** 20;
const FREE_SPACE_DIVISOR = 8; // the file uses at most one eighth of the free space

export class DiskReserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Deletes the file. Returns whether this freed any space. Never rejects. */
  async release(): Promise<boolean> {
    const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
    await rm(this.#path, { force: true }).catch(() => {});
    return size > 0;
  }

  /** Creates the file if it is absent and space is available. Never rejects: the server works without the file. */
  async restore(): Promise<void> {
    try {
      const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
      if (size > 0) return;
      const { bavail, bsize } = await statfs(dirname(this.#path));
      await this.#fill(Math.min(RESERVE_BYTES, Math.floor((bavail * bsize) / FREE_SPACE_DIVISOR)));
    } catch {
      await rm(this.#path, { force: true }).catch(() => {});
    }
  }

  // Writes random bytes, because a file system may store zeros without using disk space.
  async #fill(bytes: number): Promise<void> {
    const file = await open(this.#path, 'w', PRIVATE_FILE_MODE);
    try {
      const chunk = crypto.getRandomValues(new Uint8Array(65_536));
      for (let writtenBytes = 0; writtenBytes + chunk.length <= bytes; writtenBytes += chunk.length)
        await file.write(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
