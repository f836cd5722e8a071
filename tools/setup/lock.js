// @ts-check
// A lock that allows only one set-up at a time in a checkout. The lock is a folder: only one process can create
// it. The owner writes a file with its process id into the folder, and updates the modification time of the folder every few
// seconds. Another process removes the lock if the owner has ended or has stopped updating it. The lock of
// src/base/node/process-lock.ts cannot be used here, because it requires installed packages.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const STALE_MS = 60_000; // after many missed updates, the machine was suspended or the process id was reused
const OWNERLESS_MS = 5_000; // for a lock whose owner has not written its process id

/**
 * Runs `work` while holding the lock at `path`.
 * @template T
 * @param {string} path
 * @param {{ onWait: (owner: number) => void }} options `onWait` is called once if another process holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { onWait }, work) {
  mkdirSync(dirname(path), { recursive: true });
  let reported = false;
  while (!tryLock(path)) {
    const owner = readOwner(path);
    if (isStale(path, owner)) {
      removeStale(path, owner);
      continue;
    }
    if (!reported && owner !== undefined) onWait(owner);
    reported ||= owner !== undefined;
    await sleep(100);
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readOwner(path) === process.pid) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Returns whether the lock was acquired.
 * @param {string} path
 */
function tryLock(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(path, 'owner'), String(process.pid));
  return true;
}

/**
 * Returns the process id of the owner, if it is known.
 * @param {string} path
 * @returns {number | undefined}
 */
function readOwner(path) {
  try {
    return Number(readFileSync(join(path, 'owner'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {number | undefined} owner
 */
function isStale(path, owner) {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > STALE_MS || (owner === undefined ? age > OWNERLESS_MS : !isAlive(owner));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Removes a stale lock. If two processes find the same stale lock, only one of them can rename it. A process that has
 * renamed a newer lock by mistake renames it back.
 * @param {string} path
 * @param {number | undefined} owner the owner of the stale lock
 */
function removeStale(path, owner) {
  const renamed = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, renamed);
    if (readOwner(renamed) !== owner) renameSync(renamed, path);
  } catch {
    // another process has removed the lock
  }
  rmSync(renamed, { recursive: true, force: true });
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // another process has taken over the lock after a long suspension; the work continues without the lock
  }
}
