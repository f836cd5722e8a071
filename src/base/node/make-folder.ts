// Creates folders with their parents. Node's recursive mkdir loops forever where creating an entry fails with ENOENT, as in
// /proc: an engine with its KV folder there would never start and report no error.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const DEFAULT_MODE = 0o777;

/**
 * Creates the folder and its missing parents. Rejects with the error of the file system.
 * @returns whether the folder was created
 */
export async function makeFolder(path: string, mode = DEFAULT_MODE): Promise<boolean> {
  try {
    return await createOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || above === path) throw error;
    await makeFolder(above, mode); // another process may have created it meanwhile
    return createOne(path, mode);
  }
}

async function createOne(path: string, mode: number): Promise<boolean> {
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
