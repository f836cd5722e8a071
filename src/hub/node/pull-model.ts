// Resolves a reference to a path: uses the model in the cache, or downloads the missing files to it.

import { readFile } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { badHubResponse } from '../bad-hub-response.ts';
import { chooseFiles } from '../choose-files.ts';
import { type HubReference, parseHubReference } from '../hub-reference.ts';
import { readWeightIndex } from '../weight-index.ts';
import { LOCK_TIMING, type LockTiming } from './blob-lock.ts';
import { cachedModel } from './cached-model.ts';
import { downloadFile } from './download-file.ts';
import { HubClient, type HubTiming } from './hub-client.ts';
import { describeFile, openRepository, type Repository, type RepositoryFile } from './hub-repository.ts';
import { type Environment, hubSettings } from './hub-settings.ts';
import { fileSize, RepositoryCache } from './repository-cache.ts';

/** Called as bytes arrive. The numbers of bytes are those of all files of the model; `file` is the current file. */
export type DownloadProgress = (doneBytes: number, totalBytes: number, file: string) => void;

export interface PullOptions {
  /** whether to use only the cache, like `HF_HUB_OFFLINE` */
  readonly offline?: boolean | undefined;
  /**
   * whether to request the revision from the hub even if the model is cached, because a branch may have a new commit
   */
  readonly refresh?: boolean | undefined;
  readonly onProgress?: DownloadProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `process.env` by default */
  readonly environment?: Environment;
  readonly timing?: Partial<HubTiming & LockTiming>;
}

const MAX_INDEX_BYTES = 64 * 2 ** 20; // far above the size of any index
const TIMING: HubTiming = { retries: 5, firstDelayMs: 500, maxDelayMs: 300_000, stallMs: 30_000 };

/**
 * Returns the path of the model: of a file (the first shard if there are several), or of the folder of a checkpoint.
 * Rejects with `bad_option`, `offline`, `access_denied`, `model_not_found`, `ambiguous_model`,
 * `unknown_format`, `hub_unavailable`, `bad_hub_answer`, `unsafe_path`, `checksum_mismatch`, `disk_full`,
 * `cache_unwritable`, or the reason of the signal.
 */
export async function pullModel(reference: string, options: PullOptions = {}): Promise<string> {
  const parsed = parseHubReference(reference);
  const settings = await hubSettings(options.environment ?? process.env);
  const cache = new RepositoryCache(settings.cacheFolder, parsed.repo, settings.copies);
  if (options.offline === true || settings.offline) return cachedModel(cache, parsed);
  const cached = options.refresh === true ? undefined : await cachedIfComplete(cache, parsed);
  if (cached !== undefined) return cached;
  const stallTimeout = settings.stallMs === undefined ? {} : { stallMs: settings.stallMs };
  const timing = { ...LOCK_TIMING, ...TIMING, ...stallTimeout, ...options.timing };
  const client = new HubClient(settings, parsed, { timing, signal: options.signal });
  return new Pull(client, cache, timing, options.onProgress).run(parsed);
}

async function cachedIfComplete(
  cache: RepositoryCache,
  reference: HubReference,
): Promise<string | undefined> {
  try {
    return await cachedModel(cache, reference);
  } catch (error) {
    if (error instanceof QuireError) return undefined; // the hub may have the model
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

  async run(reference: HubReference): Promise<string> {
    const repository = await openRepository(this.#client, reference);
    const { commit } = repository;
    const choice = chooseFiles(
      repository.files.map(({ path }) => path),
      reference,
    );
    const shards = choice.index === undefined ? [] : await this.#shards(repository, choice.index);
    const files = await this.#describe(repository, [...new Set([...choice.paths, ...shards])]);
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    let doneBytes = 0;
    for (const file of files) {
      await this.#fetch(commit, file, (bytes) => this.#onProgress(doneBytes + bytes, totalBytes, file.path));
      doneBytes += file.size;
    }
    // The revision is saved last, so that it always refers to a commit whose files are complete.
    await this.#cache.saveRevision(reference.revision, commit);
    return this.#cache.snapshot(commit, choice.modelPath);
  }

  /** Returns the files that the index lists. The index is downloaded first, because the total size depends on it. */
  async #shards(repository: Repository, index: string): Promise<string[]> {
    const [file] = await this.#describe(repository, [index]);
    if (file!.size > MAX_INDEX_BYTES)
      throw badHubResponse(`${repository.name}/${index} has ${file!.size} bytes, too many for an index`);
    await this.#fetch(repository.commit, file!, () => {});
    const path = this.#cache.snapshot(repository.commit, index);
    return readWeightIndex(await readFile(path, 'utf8'), `${repository.name}/${index}`);
  }

  async #describe(repository: Repository, paths: readonly string[]): Promise<RepositoryFile[]> {
    const listed = new Map(repository.files.map((file) => [file.path, file]));
    const files: RepositoryFile[] = [];
    for (const path of paths) {
      const file = listed.get(path);
      if (file === undefined) throw missingFileError(repository, path);
      files.push(await describeFile(this.#client, repository, file));
    }
    return files;
  }

  async #fetch(commit: string, file: RepositoryFile, onProgress: (doneBytes: number) => void): Promise<void> {
    const { path, size, checksum } = file;
    // If the system does not support links, other tools move the blob to the snapshot.
    if ((await fileSize(this.#cache.snapshot(commit, path))) !== size) {
      const paths = this.#cache.blobPaths(checksum);
      await downloadFile(this.#client, file, { paths, lockTiming: this.#lockTiming, onProgress });
      await this.#cache.link(commit, path, checksum);
    }
    onProgress(size);
  }
}

function missingFileError({ name }: Repository, path: string): QuireError {
  const message = `${name} has no file ${JSON.stringify(path)}, although its index lists it`;
  return new QuireError('model_not_found', message, 'the repository is incomplete: use another repository');
}
