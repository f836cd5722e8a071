// Stores KV blocks as files in a folder. A file is named after the key of its block, such as `ab/abcd....kv`. It is written to
// `incomplete/`, which is emptied at the start, and renamed when it is complete. Files are not flushed with fsync: after a power
// failure a file may be truncated, which its checksum detects. The modification time of a file is the time of the last use, so
// that the LRU order survives a restart. Files with other names are ignored.

import { open, readdir, readFile, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../../base/node/private-folder.ts';

export interface StoredBlock {
  readonly key: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly usedAt: number;
}

/** Reads and writes stored blocks. Each method rejects with the error of the file system. */
export interface BlockFiles {
  /** Lists the stored blocks, the least recently used first. */
  list(): Promise<StoredBlock[]>;
  read(key: string): Promise<Uint8Array>;
  write(key: string, parts: readonly Uint8Array[], usedAt: number): Promise<void>;
  /** Stores the time of the last use of a block. */
  markUsed(key: string, usedAt: number): Promise<void>;
  remove(key: string): Promise<void>;
}

const SUBFOLDER_NAME = /^[0-9a-f]{2}$/;
const FILE_NAME = /^([0-9a-f]{64})\.kv$/;

export class FolderBlockFiles implements BlockFiles {
  readonly #folder: string;
  readonly #incomplete: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#incomplete = join(folder, 'incomplete');
  }

  async list(): Promise<StoredBlock[]> {
    await rm(this.#incomplete, { recursive: true, force: true });
    await makePrivateFolder(this.#incomplete);
    const blocks: StoredBlock[] = [];
    for (const name of await readdir(this.#folder)) {
      if (SUBFOLDER_NAME.test(name)) blocks.push(...(await this.#listIn(name)));
    }
    return blocks.sort((a, b) => a.usedAt - b.usedAt);
  }

  async read(key: string): Promise<Uint8Array> {
    return readFile(this.#pathOf(key));
  }

  async write(key: string, parts: readonly Uint8Array[], usedAt: number): Promise<void> {
    const temporary = join(this.#incomplete, key);
    try {
      const handle = await withFolder(temporary, () => open(temporary, 'w', PRIVATE_FILE_MODE));
      try {
        for (const part of parts) await handle.writeFile(part);
        await handle.utimes(usedAt / 1000, usedAt / 1000);
      } finally {
        await handle.close();
      }
      const path = this.#pathOf(key);
      await withFolder(path, () => rename(temporary, path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  }

  async markUsed(key: string, usedAt: number): Promise<void> {
    await utimes(this.#pathOf(key), usedAt / 1000, usedAt / 1000);
  }

  async remove(key: string): Promise<void> {
    await unlink(this.#pathOf(key)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  async #listIn(name: string): Promise<StoredBlock[]> {
    const entries = await readdir(join(this.#folder, name), { withFileTypes: true }).catch(() => []);
    const blocks = await Promise.all(
      entries.map(async (entry) => {
        const key = FILE_NAME.exec(entry.name)?.[1];
        if (key === undefined || !key.startsWith(name) || !entry.isFile()) return undefined;
        const file = await stat(this.#pathOf(key)).catch(() => undefined);
        return file === undefined ? undefined : { key, bytes: file.size, usedAt: file.mtimeMs };
      }),
    );
    return blocks.filter((block) => block !== undefined);
  }

  #pathOf(key: string): string {
    return join(this.#folder, key.slice(0, 2), `${key}.kv`);
  }
}

// Runs `work`. If the folder of `path` does not exist yet, or was deleted, creates the folder and runs `work` again.
async function withFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makePrivateFolder(dirname(path));
    return work();
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
