// The offload folder of an engine while it is open. `open` locks the folder, or reports a warning if it cannot be used. `close`
// first writes blocks that are only in memory, which takes a few seconds at most.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuireError } from '../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE_MODE } from '../../base/node/private-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { BlockStoreCounts, KvDiskState } from '../kv-disk-port.ts';
import { type BlockFiles, FolderBlockFiles } from './block-files.ts';
import { DiskBlockCache } from './disk-block-cache.ts';
import { diskFailureWarning, folderInUseWarning } from './disk-failure.ts';

export interface KvDiskHandleOptions {
  readonly folder: string;
  readonly limitBytes: number;
  /** called once for each problem because of which blocks are not offloaded */
  readonly onWarning: (warning: QuireError) => void;
  /** block files to use instead of the files in `folder`, for tests */
  readonly files?: BlockFiles;
}

const LOCK_FILE = 'owner.lock';
const CLOSE_TIMEOUT_MS = 5_000;
const NO_COUNTS: BlockStoreCounts = { usedBytes: 0, storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };

export class KvDiskHandle {
  /** undefined if the folder could not be opened */
  readonly cache: DiskBlockCache | undefined;
  readonly #lock: ProcessLock | undefined;
  readonly #options: KvDiskHandleOptions;
  #problem: QuireError | undefined;

  private constructor(options: KvDiskHandleOptions, lock: ProcessLock | undefined) {
    this.#options = options;
    this.#lock = lock;
    if (lock === undefined) return;
    this.cache = new DiskBlockCache({
      files: options.files ?? new FolderBlockFiles(options.folder),
      limitBytes: options.limitBytes,
      onFailure: (error) => this.#warn(diskFailureWarning(options.folder, error)),
    });
  }

  /** Locks and opens the folder. Never rejects: if the folder cannot be used, reports a warning and leaves `cache` undefined. */
  static async open(options: KvDiskHandleOptions): Promise<KvDiskHandle> {
    let lock: ProcessLock | undefined;
    try {
      const warning = await makePrivateFolder(options.folder);
      lock = await ProcessLock.tryAcquire(join(options.folder, LOCK_FILE), PRIVATE_FILE_MODE);
      const handle = new KvDiskHandle(options, lock);
      if (warning !== undefined) options.onWarning(warning);
      if (lock === undefined) handle.#warn(folderInUseWarning(options.folder));
      await handle.cache?.open();
      return handle;
    } catch (error) {
      await lock?.release();
      const emptyHandle = new KvDiskHandle(options, undefined);
      emptyHandle.#warn(diskFailureWarning(options.folder, error));
      return emptyHandle;
    }
  }

  get state(): KvDiskState {
    return {
      active: this.cache?.acceptsBlocks ?? false,
      limitBytes: this.#options.limitBytes,
      ...(this.cache?.counts ?? NO_COUNTS),
      ...omitUndefined({ problem: this.#problem?.line }),
    };
  }

  /** Writes the remaining blocks and releases the folder. @param flush offloads the blocks that are only in memory */
  async close(flush: () => Promise<void>): Promise<void> {
    const { cache } = this;
    if (cache === undefined) return;
    const timeout = new AbortController();
    const writeAll = async (): Promise<void> => {
      if (cache.acceptsBlocks) await flush();
      await cache.settle();
    };
    await Promise.race([
      writeAll(),
      sleep(CLOSE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => {}),
    ]);
    timeout.abort();
    cache.close();
    await this.#lock?.release();
  }

  #warn(problem: QuireError): void {
    this.#problem = problem;
    this.#options.onWarning(problem);
  }
}
