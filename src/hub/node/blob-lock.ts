// Allows one writer of a blob at a time, among all processes that share the cache. Other processes wait while the
// process that holds the lock runs.

import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../../base/errors.ts';
import { makeFolder } from '../../base/node/make-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import { convertCacheErrors } from './cache-failure.ts';

export interface LockTiming {
  readonly pollMs: number;
}

export const LOCK_TIMING: LockTiming = { pollMs: 100 };

const SHARED_FILE_MODE = 0o666; // like the other files of the cache, which several users may share

export interface LockOptions {
  readonly timing: LockTiming;
  readonly signal: AbortSignal | undefined;
  /** called repeatedly while another process holds the lock */
  readonly onWait?: () => Promise<void>;
}

/**
 * Waits for the lock at `path`, and runs `work` while holding it.
 * Rejects with `cache_unwritable`, or the reason of the signal.
 */
export async function withBlobLock<T>(
  path: string,
  { timing, signal, onWait }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const tryAcquire = (): Promise<ProcessLock | undefined> =>
    convertCacheErrors(folder, async () => {
      await makeFolder(folder);
      return ProcessLock.tryAcquire(path, SHARED_FILE_MODE);
    });
  let lock = await tryAcquire();
  while (lock === undefined) {
    await onWait?.();
    await sleep(timing.pollMs);
    if (signal?.aborted) throw abortError(signal);
    lock = await tryAcquire();
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
