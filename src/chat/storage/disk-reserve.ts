// Room on the disk that is kept for the day when there is none. SQLite writes what it removes, too, so on a full disk
// nobody could make room by removing conversations. This file is given up then, and made again when there is room.

import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PRIVATE_FILE } from '../../base/node/private-folder.ts';

const RESERVE_BYTES = 4 * 2 ** 20;
const SHARE = 8; // at most one part in so many of what is free

export class DiskReserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it gave anything up. Never rejects. */
  async giveUp(): Promise<boolean> {
    const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
    await rm(this.#path, { force: true }).catch(() => {});
    return size > 0;
  }

  /** Takes the room again, as far as there is any. Never rejects: a server without it serves as well. */
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

  // With bytes that neither a sparse file nor a compressing file system can leave out.
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
