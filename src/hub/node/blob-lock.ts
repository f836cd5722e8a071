// One writer at a time for a blob, among all processes that share the cache. Whoever finds the lock held waits for
// it, for as long as the process that has it runs.

import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../../base/errors.ts';
import { makeFolder } from '../../base/node/make-folder.ts';
import { ProcessLock } from '../../base/node/process-lock.ts';
import { inCache } from './cache-failure.ts';

export interface LockTiming {
  readonly pollMs: number;
}

export const LOCK_TIMING: LockTiming = { pollMs: 100 };

const SHARED = 0o666; // as the other files of a cache that several users may have

export interface LockOptions {
  readonly timing: LockTiming;
  readonly signal: AbortSignal | undefined;
  /** called again and again while another holds the lock */
  readonly onWait?: () => Promise<void>;
}

/**
 * Does `work` while holding the lock at `path`. Waits for as long as another holds it.
 * Throws `cache_unwritable`, or the signal's reason.
 */
export async function withBlobLock<T>(
  path: string,
  { timing, signal, onWait }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const take = (): Promise<ProcessLock | undefined> =>
    inCache(folder, async () => {
      await makeFolder(folder);
      return ProcessLock.take(path, SHARED);
    });
  let lock = await take();
  while (lock === undefined) {
    await onWait?.();
    await sleep(timing.pollMs);
    if (signal?.aborted) throw abortError(signal);
    lock = await take();
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
