// One writer at a time for a blob, among all processes that share the cache. Whoever finds the lock held waits for
// it, for as long as its owner lives.

import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../../base/errors.ts';
import {
  FolderLock,
  LOCK_TIMING as OWNER_TIMING,
  type LockTiming as OwnerTiming,
} from '../../base/node/folder-lock.ts';
import { inCache } from './cache-failure.ts';

export interface LockTiming extends OwnerTiming {
  readonly pollMs: number;
}

export const LOCK_TIMING: LockTiming = { ...OWNER_TIMING, pollMs: 100 };

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
  const take = (): Promise<FolderLock | undefined> =>
    inCache(dirname(path), () => FolderLock.take(path, timing));
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
