// The lifetime of an engine's offload folder: locks the folder, or reports why the engine runs without it; reports its
// state; and on close writes blocks that are only in memory, for a few seconds at most.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../base/defined.ts';
import type { QuireError } from '../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE } from '../../base/node/private-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import type { BlockStoreCounts, KvDiskState } from '../kv-disk-port.ts';
import { type BlockFiles, FolderBlockFiles } from './block-files.ts';
import { DiskBlockCache } from './disk-block-cache.ts';
import { diskFailure, folderInUse } from './disk-failure.ts';

export interface KvDiskHandleOptions {
  readonly folder: string;
  readonly limitBytes: number;
  /** called once for each reason why blocks are not offloaded as requested */
  readonly onWarning: (warning: QuireError) => void;
  /** replaces the files of `folder`, for tests */
  readonly files?: BlockFiles;
}

const LOCK_FILE = 'owner.lock';
const CLOSE_MS = 5_000;
const NOTHING: BlockStoreCounts = { usedBytes: 0, storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };

export class KvDiskHandle {
  /** absent when the folder could not be opened */
  readonly store: DiskBlockCache | undefined;
  readonly #lock: ProcessLock | undefined;
  readonly #options: KvDiskHandleOptions;
  #problem: QuireError | undefined;

  private constructor(options: KvDiskHandleOptions, lock: ProcessLock | undefined) {
    this.#options = options;
    this.#lock = lock;
    if (lock === undefined) return;
    this.store = new DiskBlockCache({
      files: options.files ?? new FolderBlockFiles(options.folder),
      limitBytes: options.limitBytes,
      onFailure: (error) => this.#warn(diskFailure(options.folder, error)),
    });
  }

  /** Locks and opens the folder. Does not reject: without a lock, `store` is absent and a warning was reported. */
  static async open(options: KvDiskHandleOptions): Promise<KvDiskHandle> {
    let lock: ProcessLock | undefined;
    try {
      const warning = await makePrivateFolder(options.folder);
      lock = await ProcessLock.tryAcquire(join(options.folder, LOCK_FILE), PRIVATE_FILE);
      const disk = new KvDiskHandle(options, lock);
      if (warning !== undefined) options.onWarning(warning);
      if (lock === undefined) disk.#warn(folderInUse(options.folder));
      await disk.store?.open();
      return disk;
    } catch (error) {
      await lock?.release();
      const without = new KvDiskHandle(options, undefined);
      without.#warn(diskFailure(options.folder, error));
      return without;
    }
  }

  get state(): KvDiskState {
    return {
      active: this.store?.writes ?? false,
      limitBytes: this.#options.limitBytes,
      ...(this.store?.counts ?? NOTHING),
      ...defined({ problem: this.#problem?.line }),
    };
  }

  /** @param flush offloads the blocks that are only in memory */
  async close(flush: () => Promise<void>): Promise<void> {
    const { store } = this;
    if (store === undefined) return;
    const timeout = new AbortController();
    const writeAll = async (): Promise<void> => {
      if (store.writes) await flush();
      await store.settle();
    };
    await Promise.race([writeAll(), sleep(CLOSE_MS, undefined, { signal: timeout.signal }).catch(() => {})]);
    timeout.abort();
    store.close();
    await this.#lock?.release();
  }

  #warn(problem: QuireError): void {
    this.#problem = problem;
    this.#options.onWarning(problem);
  }
}
