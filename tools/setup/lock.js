// @ts-check
// Allows one set-up at a time in a checkout. The lock is a folder, which only one process can create. Its owner writes its
// process id into the folder and updates its time every few seconds. A lock whose owner has ended or is unresponsive is
// taken over. The lock of src/base/node/process-lock.ts is not used, because it needs installed packages.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const STALE_MS = 60_000; // many missed updates: a suspended machine or a reused process id
const OWNERLESS_MS = 5_000; // created without an owner's process id

/**
 * Runs `work` while holding the lock at `path`.
 * @template T
 * @param {string} path
 * @param {{ onWait: (owner: number) => void }} options `onWait` is called once when another process holds the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { onWait }, work) {
  mkdirSync(dirname(path), { recursive: true });
  let reported = false;
  while (!tryLock(path)) {
    const owner = ownerOf(path);
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
    if (ownerOf(path) === process.pid) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
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
 * @param {string} path
 * @returns {number | undefined}
 */
function ownerOf(path) {
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
 * Removes a stale lock. Renaming it decides between two processes that both found it stale. A process that renamed a new
 * lock by mistake restores it.
 * @param {string} path
 * @param {number | undefined} owner the owner that has ended
 */
function removeStale(path, owner) {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== owner) renameSync(aside, path);
  } catch {
    // another process removed it first
  }
  rmSync(aside, { recursive: true, force: true });
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // taken over after a long suspension; the work continues without the lock
  }
}
