// Creates folders with their parents. Node's recursive mkdir loops forever in a folder in which creating an entry fails
// with ENOENT, such as /proc: an engine with a KV folder in /proc would hang at its start, without an error.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const DEFAULT_MODE = 0o777;

/**
 * Creates the folder and its missing parents. Rejects with the error of the file system.
 * @returns whether the folder was created
 */
export async function makeFolder(path: string, mode = DEFAULT_MODE): Promise<boolean> {
  try {
    return await createFolder(path, mode);
  } catch (error) {
    const parent = dirname(path);
    const parentIsMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!parentIsMissing || parent === path) throw error;
    await makeFolder(parent, mode); // another process may have created it meanwhile
    return createFolder(path, mode);
  }
}

async function createFolder(path: string, mode: number): Promise<boolean> {
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
