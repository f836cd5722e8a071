// A reserve file for a full disk. SQLite needs disk space even to delete rows, so on a full disk no conversation could be
// removed. The file is deleted then, and created again when there is space.

import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PRIVATE_FILE } from '../../base/node/private-folder.ts';

const RESERVE_BYTES = 4 * 2 ** 20;
const SHARE = 8; // at most one eighth of the free space

export class DiskReserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Deletes the file; returns whether that freed any space. Never rejects. */
  async release(): Promise<boolean> {
    const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
    await rm(this.#path, { force: true }).catch(() => {});
    return size > 0;
  }

  /** Creates the file again if there is space. Never rejects: the server works without it. */
  async restore(): Promise<void> {
    try {
      const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
      if (size > 0) return;
      const { bavail, bsize } = await statfs(dirname(this.#path));
      await this.#fill(Math.min(RESERVE_BYTES, Math.floor((bavail * bsize) / SHARE)));
    } catch {
      await rm(this.#path, { force: true }).catch(() => {});
    }
  }

  // Random bytes, which neither a sparse file nor a compressing file system can omit.
  async #fill(bytes: number): Promise<void> {
    const file = await open(this.#path, 'w', PRIVATE_FILE);
    try {
      const piece = crypto.getRandomValues(new Uint8Array(65_536));
      for (let done = 0; done + piece.length <= bytes; done += piece.length) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
