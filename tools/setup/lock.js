// @ts-check
// Allows one set-up at a time in a checkout. The lock is a folder that only one process can create. Its owner writes its
// process id into it and touches it every few seconds; a lock whose owner is dead or silent is taken over. It does not use
// src/base/node/process-lock.ts, which needs an installed dependency: this lock is held while dependencies are installed.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const SILENT_MS = 60_000; // many missed beats: a suspended machine or a process id that was reused
const OWNERLESS_MS = 5_000; // created, and its owner's id never written

/**
 * Runs `work` while holding the lock at `path`.
 * @template T
 * @param {string} path
 * @param {{ onWait: (owner: number) => void }} options `onWait` is told once when somebody else holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, { onWait }, work) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryLock(path)) {
    const owner = ownerOf(path);
    if (isStale(path, owner)) {
      takeAway(path, owner);
      continue;
    }
    if (!told && owner !== undefined) onWait(owner);
    told ||= owner !== undefined;
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
  return age > SILENT_MS || (owner === undefined ? age > OWNERLESS_MS : !isAlive(owner));
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
 * Removes a stale lock. Renaming is what decides between two processes that both found it stale; who
 * moved a fresh lock by mistake puts it back.
 * @param {string} path
 * @param {number | undefined} owner who was found dead
 */
function takeAway(path, owner) {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (ownerOf(aside) !== owner) renameSync(aside, path);
  } catch {
    // somebody else was quicker
  }
  rmSync(aside, { recursive: true, force: true });
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // taken away after a long suspension; the work goes on and ends without the lock
  }
}
