// A repository in the cache. Its layout is that of all tools for Hugging Face:
//
//   models--owner--repo/blobs/<checksum>                     the content of a file, stored once
//   models--owner--repo/snapshots/<commit>/<path>            a link to a blob
//   models--owner--repo/refs/<revision>                      the last known commit of a branch or tag
//   .locks/models--owner--repo/<checksum>.quire.lock         held while a blob is written

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { makeFolder } from '../../base/node/make-folder.ts';
import type { Checksum } from '../checksum.ts';
import { isCommit } from '../listing.ts';
import { convertCacheErrors } from './cache-failure.ts';

export interface BlobPaths {
  readonly blob: string;
  /** the bytes received so far */
  readonly partial: string;
  readonly lock: string;
}

const LINK_UNSUPPORTED_CODES = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'];

export class RepositoryCache {
  readonly folder: string;
  readonly #locks: string;
  readonly #copies: boolean;

  /** @param repo a valid `owner/repo` */
  constructor(cacheFolder: string, repo: string, copies: boolean) {
    const name = `models--${repo.replace('/', '--')}`;
    this.folder = join(cacheFolder, name);
    this.#locks = join(cacheFolder, '.locks', name);
    this.#copies = copies;
  }

  blobPaths({ hex }: Checksum): BlobPaths {
    const blob = join(this.folder, 'blobs', hex);
    return { blob, partial: `${blob}.incomplete`, lock: join(this.#locks, `${hex}.quire.lock`) };
  }

  /** Returns the folder of a commit, or a file in it. @param path a safe path */
  snapshot(commit: string, path?: string): string {
    return join(this.folder, 'snapshots', commit, ...(path?.split('/') ?? []));
  }

  /** Returns the last known commit of `revision`. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(this.#ref(revision), 'utf8').catch(() => '');
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** Returns the paths of the complete files of a commit, with forward slashes. */
  async names(commit: string): Promise<string[]> {
    const folder = this.snapshot(commit);
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const files = await Promise.all(
      entries.map(async (name) => ((await fileSize(join(folder, name))) === undefined ? [] : [name])),
    );
    return files.flat().map((name) => name.split(sep).join('/'));
  }

  /** Adds the blob of `path` to the snapshot: as a link, or as a copy if the system does not support links. */
  async link(commit: string, path: string, checksum: Checksum): Promise<void> {
    await convertCacheErrors(this.folder, async () => {
      const { blob } = this.blobPaths(checksum);
      const pointer = this.snapshot(commit, path);
      await makeFolder(dirname(pointer));
      await replace(pointer, (temporary) => this.#createPointer(blob, pointer, temporary));
    });
  }

  async #createPointer(blob: string, pointer: string, temporary: string): Promise<void> {
    if (!this.#copies) {
      try {
        return await symlink(relative(dirname(pointer), blob), temporary);
      } catch (error) {
        if (
          !(error instanceof Error && 'code' in error && LINK_UNSUPPORTED_CODES.includes(String(error.code)))
        )
          throw error;
      }
    }
    await copyFile(blob, temporary, constants.COPYFILE_FICLONE);
  }

  /** Stores the commit of `revision`. */
  async saveRevision(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.commitOf(revision)) === commit) return;
    await convertCacheErrors(this.folder, async () => {
      const ref = this.#ref(revision);
      await makeFolder(dirname(ref));
      await replace(ref, (temporary) => writeFile(temporary, commit));
    });
  }

  #ref(revision: string): string {
    return join(this.folder, 'refs', ...revision.split('/'));
  }
}

/** Returns the size in bytes of the file at `path`, following links; undefined if there is no file. */
export async function fileSize(path: string): Promise<number | undefined> {
  const fileStats = await stat(path).catch(() => undefined);
  return fileStats?.isFile() ? fileStats.size : undefined;
}

// Creates a temporary file and renames it to `path`, so that readers get either the old or the new file.
async function replace(path: string, create: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.quire-${randomUUID()}`;
  try {
    await create(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
