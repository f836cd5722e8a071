// Folders with those above them. mkdir of Node does this too, but where a folder says that what is made in it does not exist,
// as in /proc, it tries again without end: an engine whose disk is there never started, and never said why.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const DEFAULT_MODE = 0o777;

/**
 * Makes the folder, and those above it, where they are missing. Rejects with what the file system says.
 * @returns whether it was missing
 */
export async function makeFolder(path: string, mode = DEFAULT_MODE): Promise<boolean> {
  try {
    return await makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || above === path) throw error;
    await makeFolder(above, mode); // it may be there by now, made by another process
    return makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if (await isFolder(path)) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
