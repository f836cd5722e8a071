// The disk behind an engine's KV memory, from options to the end: takes the folder, or says why the engine goes on
// without it; tells how it stands; and at the end sees to it that what is only in memory is written, for a few seconds.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QuireError } from '../../base/errors.ts';
import { makePrivateFolder, PRIVATE_FILE } from '../../base/node/private-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import type { BlockStoreCounts, KvDiskState } from '../kv-disk-port.ts';
import { type BlockFiles, BlockFolder } from './block-folder.ts';
import { BlockStore } from './block-store.ts';
import { diskFailure, folderInUse } from './disk-failure.ts';
import { xdgFolder } from './xdg-folder.ts';

export interface KvDiskOptions {
  readonly folder: string;
  readonly limitBytes: number;
  /** told of each reason why the disk is not used as it should be, once */
  readonly onWarning: (warning: QuireError) => void;
  /** the files of `folder` when absent */
  readonly files?: BlockFiles;
}

const LOCK_FILE = 'owner.lock';
const CLOSE_MS = 5_000;
const NOTHING: BlockStoreCounts = { usedBytes: 0, storedBlocks: 0, loadedBlocks: 0, failedBlocks: 0 };

/** Where what outlives a process is kept: `$XDG_DATA_HOME/quire`. */
export function defaultDataFolder(): string {
  return join(xdgFolder(process.env.XDG_DATA_HOME, '.local', 'share'), 'quire');
}

/** Keys and values in it. */
export const defaultKvFolder = (): string => join(defaultDataFolder(), 'kv');

export class KvDisk {
  /** absent where the folder could not be had */
  readonly store: BlockStore | undefined;
  readonly #lock: ProcessLock | undefined;
  readonly #options: KvDiskOptions;
  #problem: QuireError | undefined;

  private constructor(options: KvDiskOptions, lock: ProcessLock | undefined) {
    this.#options = options;
    this.#lock = lock;
    if (lock === undefined) return;
    this.store = new BlockStore({
      files: options.files ?? new BlockFolder(options.folder),
      limitBytes: options.limitBytes,
      onFailure: (error) => this.#warn(diskFailure(options.folder, error)),
    });
  }

  /** Takes the folder if it can; does not reject. */
  static async open(options: KvDiskOptions): Promise<KvDisk> {
    let lock: ProcessLock | undefined;
    try {
      const wide = await makePrivateFolder(options.folder);
      lock = await ProcessLock.take(join(options.folder, LOCK_FILE), PRIVATE_FILE);
      const disk = new KvDisk(options, lock);
      if (wide !== undefined) options.onWarning(wide);
      if (lock === undefined) disk.#warn(folderInUse(options.folder));
      await disk.store?.open();
      return disk;
    } catch (error) {
      await lock?.release();
      const without = new KvDisk(options, undefined);
      without.#warn(diskFailure(options.folder, error));
      return without;
    }
  }

  get state(): KvDiskState {
    return {
      active: this.store?.writes ?? false,
      limitBytes: this.#options.limitBytes,
      ...(this.store?.counts ?? NOTHING),
      ...(this.#problem === undefined ? {} : { problem: this.#problem.line }),
    };
  }

  /** @param keepIdle hands over what is only in memory */
  async close(keepIdle: () => Promise<void>): Promise<void> {
    const { store } = this;
    if (store === undefined) return;
    const end = new AbortController();
    const writeAll = async (): Promise<void> => {
      if (store.writes) await keepIdle();
      await store.settle();
    };
    await Promise.race([writeAll(), sleep(CLOSE_MS, undefined, { signal: end.signal }).catch(() => {})]);
    end.abort();
    store.close();
    await this.#lock?.release();
  }

  #warn(problem: QuireError): void {
    this.#problem = problem;
    this.#options.onWarning(problem);
  }
}
