// A repository in the cache that all tools for Hugging Face share:
//
//   models--owner--repo/blobs/<checksum>                     the bytes, each once
//   models--owner--repo/snapshots/<commit>/<path>            a link to a blob
//   models--owner--repo/refs/<revision>                      the commit that a branch or tag meant last
//   .locks/models--owner--repo/<checksum>.quire.lock         held while a blob is written

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { makeFolder } from '../../base/node/make-folder.ts';
import type { Checksum } from '../checksum.ts';
import { isCommit } from '../listing.ts';
import { inCache } from './cache-failure.ts';

export interface BlobPlaces {
  readonly blob: string;
  /** what has arrived of it so far */
  readonly partial: string;
  readonly lock: string;
}

const NO_LINKS = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'];

export class RepositoryCache {
  readonly folder: string;
  readonly #locks: string;
  readonly #copies: boolean;

  /** @param repo `owner/repo`, checked already */
  constructor(cacheFolder: string, repo: string, copies: boolean) {
    const name = `models--${repo.replace('/', '--')}`;
    this.folder = join(cacheFolder, name);
    this.#locks = join(cacheFolder, '.locks', name);
    this.#copies = copies;
  }

  blobPlaces({ hex }: Checksum): BlobPlaces {
    const blob = join(this.folder, 'blobs', hex);
    return { blob, partial: `${blob}.incomplete`, lock: join(this.#locks, `${hex}.quire.lock`) };
  }

  /** The folder of a commit, or a file in it. Paths are checked already. */
  snapshot(commit: string, path?: string): string {
    return join(this.folder, 'snapshots', commit, ...(path?.split('/') ?? []));
  }

  /** What `revision` meant when it was last looked up. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** The files that are there in whole, with forward slashes. */
  async names(commit: string): Promise<string[]> {
    const folder = this.snapshot(commit);
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const files = await Promise.all(
      entries.map(async (name) => ((await sizeOf(join(folder, name))) === undefined ? [] : [name])),
    );
    return files.flat().map((name) => name.split(sep).join('/'));
  }

  /** Puts the blob of `path` into the snapshot: a link, or a copy where links cannot be. */
  async link(commit: string, path: string, checksum: Checksum): Promise<void> {
    await inCache(this.folder, async () => {
      const { blob } = this.blobPlaces(checksum);
      const pointer = this.snapshot(commit, path);
      await makeFolder(dirname(pointer));
      await replace(pointer, (fresh) => this.#point(blob, pointer, fresh));
    });
  }

  async #point(blob: string, pointer: string, fresh: string): Promise<void> {
    if (!this.#copies) {
      try {
        return await symlink(relative(dirname(pointer), blob), fresh);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && NO_LINKS.includes(String(error.code))))
          throw error;
      }
    }
    await copyFile(blob, fresh, constants.COPYFILE_FICLONE);
  }

  /** Remembers what `revision` means. */
  async remember(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.commitOf(revision)) === commit) return;
    await inCache(this.folder, async () => {
      const ref = this.#ref(revision);
      await makeFolder(dirname(ref));
      await replace(ref, (fresh) => writeFile(fresh, commit));
    });
  }

  #ref(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }
}

/** Bytes of the file at `path`, through links; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

// Makes the new one beside the old one and renames it over: who reads meanwhile sees the one or the other.
async function replace(path: string, make: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${path}.quire-${randomUUID()}`;
  try {
    await make(fresh);
    await rename(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}
