// Resolves a reference to a path: uses the model in the cache, or downloads the missing files to it.

import { readFile } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { badAnswer } from '../bad-answer.ts';
import { chooseFiles } from '../choose-files.ts';
import { type HubReference, parseHubReference } from '../hub-reference.ts';
import { readWeightIndex } from '../weight-index.ts';
import { LOCK_TIMING, type LockTiming } from './blob-lock.ts';
import { cachedModel } from './cached-model.ts';
import { downloadFile } from './download-file.ts';
import { HubClient, type HubTiming } from './hub-client.ts';
import { describeFile, openRepository, type Repository, type RepositoryFile } from './hub-repository.ts';
import { type Environment, hubSettings } from './hub-settings.ts';
import { RepositoryCache, sizeOf } from './repository-cache.ts';

/** Called as bytes arrive, with the bytes of all files of the model and the current file. */
export type DownloadProgress = (doneBytes: number, totalBytes: number, file: string) => void;

export interface PullOptions {
  /** uses only the cache, like `HF_HUB_OFFLINE` */
  readonly offline?: boolean | undefined;
  /** requests the revision from the hub even if the model is cached, because a branch may have moved */
  readonly refresh?: boolean | undefined;
  readonly onProgress?: DownloadProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `process.env` by default */
  readonly environment?: Environment;
  readonly timing?: Partial<HubTiming & LockTiming>;
}

const MAX_INDEX_BYTES = 64 * 2 ** 20; // far above the size of any index
const TIMING: HubTiming = { retries: 5, firstDelayMs: 500, longestDelayMs: 300_000, stallMs: 30_000 };

/**
 * Returns the path of the model: of a file (the first shard if there are several), or of the folder of a checkpoint.
 * Rejects with `bad_option`, `offline`, `access_denied`, `model_not_found`, `ambiguous_model`,
 * `unknown_format`, `hub_unavailable`, `bad_hub_answer`, `unsafe_path`, `checksum_mismatch`, `disk_full`,
 * `cache_unwritable`, or the reason of the signal.
 */
export async function pullModel(reference: string, options: PullOptions = {}): Promise<string> {
  const wanted = parseHubReference(reference);
  const settings = await hubSettings(options.environment ?? process.env);
  const cache = new RepositoryCache(settings.cacheFolder, wanted.repo, settings.copies);
  if (options.offline === true || settings.offline) return cachedModel(cache, wanted);
  const cached = options.refresh === true ? undefined : await cachedIfComplete(cache, wanted);
  if (cached !== undefined) return cached;
  const stalls = settings.stallMs === undefined ? {} : { stallMs: settings.stallMs };
  const timing = { ...LOCK_TIMING, ...TIMING, ...stalls, ...options.timing };
  const client = new HubClient(settings, wanted, { timing, signal: options.signal });
  return new Pull(client, cache, timing, options.onProgress).run(wanted);
}

async function cachedIfComplete(cache: RepositoryCache, wanted: HubReference): Promise<string | undefined> {
  try {
    return await cachedModel(cache, wanted);
  } catch (error) {
    if (error instanceof QuireError) return undefined; // the hub may have it
    throw error;
  }
}

class Pull {
  readonly #client: HubClient;
  readonly #cache: RepositoryCache;
  readonly #lockTiming: LockTiming;
  readonly #onProgress: DownloadProgress;

  constructor(
    client: HubClient,
    cache: RepositoryCache,
    lockTiming: LockTiming,
    onProgress: DownloadProgress | undefined,
  ) {
    this.#client = client;
    this.#cache = cache;
    this.#lockTiming = lockTiming;
    this.#onProgress = onProgress ?? (() => {});
  }

  async run(wanted: HubReference): Promise<string> {
    const repository = await openRepository(this.#client, wanted);
    const { commit } = repository;
    const choice = chooseFiles(
      repository.files.map(({ path }) => path),
      wanted,
    );
    const shards = choice.index === undefined ? [] : await this.#shards(repository, choice.index);
    const files = await this.#describe(repository, [...new Set([...choice.paths, ...shards])]);
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let doneBytes = 0;
    for (const file of files) {
      await this.#fetch(commit, file, (bytes) => this.#onProgress(doneBytes + bytes, totalBytes, file.path));
      doneBytes += file.size;
    }
    // Last, so that the revision always refers to a commit whose files are complete.
    await this.#cache.saveRevision(wanted.revision, commit);
    return this.#cache.snapshot(commit, choice.open);
  }

  /** Returns the files in the index, which is downloaded first because the total size depends on it. */
  async #shards(repository: Repository, index: string): Promise<string[]> {
    const [file] = await this.#describe(repository, [index]);
    if (file!.size > MAX_INDEX_BYTES)
      throw badAnswer(`${repository.name}/${index} has ${file!.size} bytes, too many for an index`);
    await this.#fetch(repository.commit, file!, () => {});
    const path = this.#cache.snapshot(repository.commit, index);
    return readWeightIndex(await readFile(path, 'utf8'), `${repository.name}/${index}`);
  }

  async #describe(repository: Repository, paths: readonly string[]): Promise<RepositoryFile[]> {
    const listed = new Map(repository.files.map((file) => [file.path, file]));
    const files: RepositoryFile[] = [];
    for (const path of paths) {
      const file = listed.get(path);
      if (file === undefined) throw missing(repository, path);
      files.push(await describeFile(this.#client, repository, file));
    }
    return files;
  }

  async #fetch(commit: string, file: RepositoryFile, onProgress: (doneBytes: number) => void): Promise<void> {
    const { path, size, checksum } = file;
    // Where links are not possible, other tools move the blob here.
    if ((await sizeOf(this.#cache.snapshot(commit, path))) !== size) {
      const paths = this.#cache.blobPaths(checksum);
      await downloadFile(this.#client, file, { paths, lockTiming: this.#lockTiming, onProgress });
      await this.#cache.link(commit, path, checksum);
    }
    onProgress(size);
  }
}

function missing({ name }: Repository, path: string): QuireError {
  const what = `${name} has no file ${JSON.stringify(path)}, although its index lists it`;
  return new QuireError('model_not_found', what, 'the repository is incomplete: use another one');
}
