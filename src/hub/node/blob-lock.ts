// One writer at a time for a blob, among all processes that share the cache: a folder that only one can
// create. Its owner says in it who he is, and touches it every few seconds; a lock whose owner is dead or
// silent is taken over.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../../base/errors.ts';
import { cacheFailure, inCache } from './cache-failure.ts';

export interface LockTiming {
  readonly heartbeatMs: number;
  /** some missed beats of an owner who is not found: dead, or alive where this process cannot see him */
  readonly quietMs: number;
  /** many missed beats of one who is: a suspended machine, or a process id that was given again */
  readonly silentMs: number;
  readonly pollMs: number;
}

export const LOCK_TIMING: LockTiming = { heartbeatMs: 1_000, quietMs: 3_000, silentMs: 60_000, pollMs: 100 };

export interface LockOptions {
  readonly timing: LockTiming;
  readonly signal: AbortSignal | undefined;
  /** called again and again while another holds the lock */
  readonly onWait?: () => Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** tells two owners in one process apart */
  readonly id: string;
}

/**
 * Does `work` while holding the lock at `path`. Waits for as long as another holds it.
 * Throws `cache_unwritable`, or the signal's reason.
 */
export async function withBlobLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { timing, signal, onWait } = options;
  const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
  while (!(await tryLock(path, owner))) {
    if (await takeAway(path, timing)) continue;
    await onWait?.();
    await sleep(timing.pollMs);
    if (signal?.aborted) throw abortError(signal);
  }
  const heartbeat = setInterval(() => void touch(path), timing.heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await ownerOf(path))?.id === owner.id) await rm(path, { recursive: true, force: true });
  }
}

async function tryLock(path: string, owner: Owner): Promise<boolean> {
  return inCache(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    try {
      await mkdir(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
    try {
      await writeFile(join(path, 'owner'), JSON.stringify(owner));
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw error;
    }
    return true;
  });
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(path, 'owner'), 'utf8'));
    return typeof owner === 'object' && owner !== null ? (owner as Owner) : undefined;
  } catch {
    return undefined; // gone, or not written yet
  }
}

async function isStale(path: string, owner: Owner | undefined, timing: LockTiming): Promise<boolean> {
  const folder = await stat(path).catch(() => undefined);
  if (folder === undefined) return false; // gone meanwhile
  const ageMs = Date.now() - folder.mtimeMs;
  const found = owner !== undefined && (owner.host !== hostname() || isAlive(owner.pid));
  return ageMs > (found ? timing.silentMs : timing.quietMs);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Removes the lock when it is stale. Renaming decides between two processes that both found it so; who moved
 * a fresh lock by mistake puts it back.
 */
async function takeAway(path: string, timing: LockTiming): Promise<boolean> {
  const owner = await ownerOf(path);
  if (!(await isStale(path, owner, timing))) return false;
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true; // another was quicker
    throw cacheFailure(dirname(path), error);
  }
  if ((await ownerOf(aside))?.id !== owner?.id) await rename(aside, path).catch(() => {});
  await rm(aside, { recursive: true, force: true });
  return true;
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // taken over after a long silence; the work goes on without it
}
