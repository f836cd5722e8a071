// Who holds a lock, said so that another process can tell whether he is alive. A process id alone does not do: it is
// given again after a restart (in a container it is always the same few), and is another process's in another
// container. So the owner adds when he was born and in which space his id counts, where the system tells.

import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** tells two owners in one process apart */
  readonly id: string;
  /** of process ids */
  readonly space?: string;
  readonly born?: string;
}

/** `unseen`: on this machine, where this process cannot see him; or dead. */
export type Sight = 'alive' | 'dead' | 'unseen' | 'elsewhere';

export async function ownerNow(id: string): Promise<Owner> {
  const [space, born] = await Promise.all([pidSpace(), bornOf(process.pid)]);
  return {
    pid: process.pid,
    host: hostname(),
    id,
    ...(space === undefined ? {} : { space }),
    ...(born === undefined ? {} : { born }),
  };
}

export async function sightOf({ pid, host, space, born }: Owner): Promise<Sight> {
  if (host !== hostname()) return 'elsewhere';
  const shared = space === undefined ? undefined : space === (await pidSpace());
  if (shared === false) return 'unseen';
  if (!isAlive(pid)) return shared === true ? 'dead' : 'unseen';
  const now = born === undefined ? undefined : await bornOf(pid);
  return now === undefined || now === born ? 'alive' : 'dead';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

// On systems without containers of their own all processes see each other.
async function pidSpace(): Promise<string | undefined> {
  if (process.platform !== 'linux') return process.platform;
  return readlink('/proc/self/ns/pid').catch(() => undefined);
}

// Which start of the machine, and when after it (proc(5), field 22 of stat, counted after the name in brackets).
async function bornOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return started === undefined ? undefined : `${boot.trim()} ${started}`;
  } catch {
    return undefined;
  }
}
