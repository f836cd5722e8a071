// One owner at a time for something on disk, among all processes: a folder that only one can create. Its owner says
// in it who he is and touches it every second, so a lock whose owner is dead or silent is taken over: at once where
// his death can be seen, after some missed beats where it cannot. What to do meanwhile is left to the caller.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Owner, ownerNow, type Sight, sightOf } from './lock-owner.ts';

export interface LockTiming {
  readonly heartbeatMs: number;
  /** some missed beats of an owner who cannot be seen: dead, or alive in another container */
  readonly quietMs: number;
  /** many missed beats of one who can be, or who is on another machine: a suspended one, or no clock in common */
  readonly silentMs: number;
}

export const LOCK_TIMING: LockTiming = { heartbeatMs: 1_000, quietMs: 3_000, silentMs: 60_000 };

/** `unsure`: its owner cannot be seen, and was there a moment ago. */
export type LockState = 'free' | 'stale' | 'held' | 'unsure';

export class FolderLock {
  readonly #path: string;
  readonly #id: string;
  readonly #heartbeat: NodeJS.Timeout;
  #held = true;

  private constructor(path: string, id: string, { heartbeatMs }: LockTiming) {
    this.#path = path;
    this.#id = id;
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs);
    this.#heartbeat.unref();
  }

  /**
   * Takes the lock at `path`, or gives undefined while another holds it. Rejects with what the file system says
   * where no lock can be.
   */
  static async take(path: string, timing = LOCK_TIMING): Promise<FolderLock | undefined> {
    const owner = await ownerNow(randomUUID());
    while (!(await create(path, owner))) {
      if (!(await takeAway(path, timing))) return undefined;
    }
    return new FolderLock(path, owner.id, timing);
  }

  /** False once another has taken it over, which a second may pass before it is noticed. */
  get held(): boolean {
    return this.#held;
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#held = false;
    if ((await ownerOf(this.#path))?.id === this.#id) {
      await rm(this.#path, { recursive: true, force: true });
    }
  }

  async #beat(): Promise<void> {
    const owner = await ownerOf(this.#path);
    if (!this.#held) return; // given back meanwhile
    if (owner?.id === this.#id) {
      const now = new Date();
      await utimes(this.#path, now, now).catch(() => {});
    } else if (owner !== undefined) {
      this.#held = false; // taken over after a long silence
      clearInterval(this.#heartbeat);
    }
  }
}

export async function lockState(path: string, timing = LOCK_TIMING): Promise<LockState> {
  return stateFor(path, await ownerOf(path), timing);
}

async function create(path: string, owner: Owner): Promise<boolean> {
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
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(path, 'owner'), 'utf8'));
    return typeof owner === 'object' && owner !== null ? (owner as Owner) : undefined;
  } catch {
    return undefined; // gone, or not written yet
  }
}

async function stateFor(path: string, owner: Owner | undefined, timing: LockTiming): Promise<LockState> {
  const folder = await stat(path).catch(() => undefined);
  if (folder === undefined) return 'free';
  const sight: Sight = owner === undefined ? 'unseen' : await sightOf(owner);
  if (sight === 'dead') return 'stale';
  const patienceMs = sight === 'unseen' ? timing.quietMs : timing.silentMs;
  if (Date.now() - folder.mtimeMs > patienceMs) return 'stale';
  return sight === 'alive' ? 'held' : 'unsure';
}

/**
 * Removes the lock when it is stale. Renaming decides between two processes that both found it so; who moved
 * a fresh lock by mistake puts it back.
 */
async function takeAway(path: string, timing: LockTiming): Promise<boolean> {
  const owner = await ownerOf(path);
  if ((await stateFor(path, owner, timing)) !== 'stale') return false;
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true; // another was quicker
    throw error;
  }
  if ((await ownerOf(aside))?.id !== owner?.id) await rename(aside, path).catch(() => {});
  await rm(aside, { recursive: true, force: true });
  return true;
}
